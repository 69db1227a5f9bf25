import { fromUtf8, toUtf8 } from "@countersign/protocol";

/**
 * A copy of a JSON value whose texts stand alone. What an engine cuts out of a long text may keep the whole of it alive: an id that was read
 * from a session's plaintext would hold every secret beside it in memory, for as long as the id is kept.
 */
export function detached<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value === "string") return fromUtf8(toUtf8(value)) ?? "";
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copy(member)]));
}

/** Engines keep the last text that a regular expression matched (`RegExp.input`): after work on secrets, let it be an empty one. */
export function forgetMatch(): void {
  // oxlint-disable-next-line unicorn/prefer-string-starts-ends-with -- it is the matching that counts.
  /^/.test("");
}
