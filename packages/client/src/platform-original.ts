/** Where something stands in front of a platform's own function or class, what stands behind it. One symbol for every copy of this package. */
export const original = Symbol.for("countersign.original");

/** The platform's own function or class, from behind whatever interceptors were put in front of it. */
export function originalOf<T>(value: T): T {
  let current = value;
  for (let depth = 0; depth < 8; depth += 1) {
    const behind = (current as { readonly [original]?: T } | null | undefined)?.[original];
    if (behind === undefined) return current;
    current = behind;
  }
  return current;
}
