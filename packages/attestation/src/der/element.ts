/** Universal tag numbers (X.680 §8.4) that certificates and key descriptions use. */
export const derTag = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  enumerated: 10,
  utf8String: 12,
  sequence: 16,
  set: 17,
  printableString: 19,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
} as const;

/** One tag-length-value of DER. `raw` is the whole element, `value` its contents; both are views on the input. */
export interface DerElement {
  readonly tagClass: "universal" | "application" | "context" | "private";
  readonly constructed: boolean;
  readonly tagNumber: number;
  readonly value: Uint8Array;
  readonly raw: Uint8Array;
}

const tagClasses = ["universal", "application", "context", "private"] as const;

/**
 * Reads exactly one DER element (X.690 §8, §10): definite and minimal lengths, minimal tag numbers, nothing after it.
 * Never throws and never recurses: nesting is read level by level with `derChildren`. Null where the bytes are anything else.
 */
export function parseDer(bytes: Uint8Array): DerElement | null {
  const element = readElement(bytes, 0);
  return element !== null && element.raw.length === bytes.length ? element : null;
}

/** The elements inside a constructed element, one level deep; null where it is primitive or its contents are not whole elements. */
export function derChildren(element: DerElement): readonly DerElement[] | null {
  if (!element.constructed) return null;
  const children: DerElement[] = [];
  for (let offset = 0; offset < element.value.length; ) {
    const child = readElement(element.value, offset);
    if (child === null) return null;
    children.push(child);
    offset += child.raw.length;
  }
  return children;
}

/** The elements of a SEQUENCE (or of the universal constructed type named); null for every other element. */
export function derSequence(
  element: DerElement | null | undefined,
  tagNumber: number = derTag.sequence,
): readonly DerElement[] | null {
  if (!element?.constructed || !isUniversal(element, tagNumber)) return null;
  return derChildren(element);
}

/** True where `element` is of this universal type. */
export function isUniversal(element: DerElement, tagNumber: number): boolean {
  return element.tagClass === "universal" && element.tagNumber === tagNumber;
}

/** The one element inside the EXPLICIT context tag `element`, else null. */
export function derExplicit(element: DerElement): DerElement | null {
  const children = element.tagClass === "context" ? derChildren(element) : null;
  return children?.length === 1 ? (children[0] ?? null) : null;
}

/** The element that begins at `start`; what follows it is not looked at. */
export function readElement(bytes: Uint8Array, start: number): DerElement | null {
  const tag = readTag(bytes, start);
  if (tag === null) return null;
  const length = readLength(bytes, tag.next);
  if (length === null) return null;
  const end = length.next + length.length;
  if (end > bytes.length) return null;
  return {
    tagClass: tag.tagClass,
    constructed: tag.constructed,
    tagNumber: tag.tagNumber,
    value: bytes.subarray(length.next, end),
    raw: bytes.subarray(start, end),
  };
}

function readTag(bytes: Uint8Array, start: number) {
  const first = bytes[start];
  if (first === undefined) return null;
  const tagClass = tagClasses[first >> 6] ?? "private";
  const constructed = (first & 0x20) !== 0;
  if ((first & 0x1f) !== 0x1f) return { tagClass, constructed, tagNumber: first & 0x1f, next: start + 1 };
  // High-tag-number form: at most three groups of seven bits; the highest tag of any known schema is 724.
  let tagNumber = 0;
  for (let next = start + 1; next <= start + 3; next += 1) {
    const group = bytes[next];
    if (group === undefined || (next === start + 1 && group === 0x80)) return null;
    tagNumber = tagNumber * 128 + (group & 0x7f);
    if (group < 0x80) return tagNumber >= 0x1f ? { tagClass, constructed, tagNumber, next: next + 1 } : null;
  }
  return null;
}

function readLength(bytes: Uint8Array, start: number) {
  const first = bytes[start];
  if (first === undefined) return null;
  if (first < 0x80) return { length: first, next: start + 1 };
  const count = first & 0x7f;
  // 0x80 is BER's indefinite length; four or more length bytes would exceed every bound on evidence.
  if (count === 0 || count > 3 || start + count >= bytes.length) return null;
  let length = 0;
  for (let index = 1; index <= count; index += 1) length = length * 256 + (bytes[start + index] ?? 0);
  const minimal = length >= 0x80 && length >= 256 ** (count - 1);
  return minimal ? { length, next: start + 1 + count } : null;
}
