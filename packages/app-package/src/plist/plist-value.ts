/** A value of a property list. Dictionaries are maps: no key of a file can be taken for a member of an object. */
export type PlistValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | readonly PlistValue[]
  | PlistDictionary;

export type PlistDictionary = ReadonlyMap<string, PlistValue>;

/** Values a list may hold in all, and how deep they may nest. Xcode's largest lists, of resources, hold some 100 000. */
export const plistLimits = { values: 1_000_000, depth: 64 } as const;

export function isDictionary(value: PlistValue | undefined): value is PlistDictionary {
  return value instanceof Map;
}

/** The text under `key`, else null. */
export function textAt(dictionary: PlistDictionary | null, key: string): string | null {
  const value = dictionary?.get(key);
  return typeof value === "string" ? value : null;
}

/** The texts of the array under `key`; null where it is none, or holds something else. */
export function textsAt(dictionary: PlistDictionary | null, key: string): readonly string[] | null {
  const value = dictionary?.get(key);
  if (!Array.isArray(value)) return null;
  return value.every((item): item is string => typeof item === "string") ? value : null;
}

/** As JSON can hold it: data as base64, dates as ISO 8601, whole numbers beyond 2^53 as text. */
export function toJson(value: PlistValue): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(toJson);
  if (isDictionary(value)) {
    const object: Record<string, unknown> = Object.create(null);
    for (const [key, item] of value) object[key] = toJson(item);
    return object;
  }
  return value;
}
