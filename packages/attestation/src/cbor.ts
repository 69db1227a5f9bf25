import { type DecodeOptions, decode } from "cborg";

/** Core deterministic enough for a verifier (RFC 8949 §4.2): definite, minimal, no duplicate keys, no tags. */
const strict: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  rejectDuplicateMapKeys: true,
  useMaps: true,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
};

/** Reads exactly one strict CBOR map with text keys and nothing after it, else null. Hostile nesting ends as null too. */
export function parseCborMap(bytes: Uint8Array): ReadonlyMap<string, unknown> | null {
  try {
    return toTextMap(decode(bytes, strict));
  } catch {
    return null;
  }
}

/** `value` as a map with text keys, else null. */
export function toTextMap(value: unknown): ReadonlyMap<string, unknown> | null {
  if (!(value instanceof Map)) return null;
  for (const key of value.keys()) if (typeof key !== "string") return null;
  return value;
}
