import type { BinaryElement } from "./binary-xml.ts";
import type { BinaryAttribute } from "./chunk.ts";
import type { ManifestProblemCode } from "./manifest-problems.ts";
import type { StringPool } from "./string-pool.ts";

/** Resource ids of Android's own attributes (`R.attr`). */
export const attributeId = {
  debuggable: 0x0101000f,
  minSdkVersion: 0x0101020c,
  versionCode: 0x0101021b,
  versionName: 0x0101021c,
  targetSdkVersion: 0x01010270,
  targetSandboxVersion: 0x0101054c,
  versionCodeMajor: 0x01010576,
} as const;

/** An attribute's value, undefined where the attribute is not there, or why it has none. */
export type Value<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: ManifestProblemCode };

/** `Res_value` types. */
const valueType = { string: 3, decimal: 0x10, hexadecimal: 0x11, boolean: 0x12 };
const references = [1, 2, 7, 8];

/**
 * The attribute of a resource id, as both of Android's readers find it. apksig takes the first of the id. The phone walks the attributes and
 * the ids it wants side by side, both ascending (`RetrieveAttributes`), and so never sees one that stands behind a larger id; where that makes
 * a difference the element has two meanings.
 */
export function findAttribute(element: BinaryElement, id: number): Value<BinaryAttribute | undefined> {
  const first = element.attributes.find(({ resourceId }) => resourceId === id);
  const reached = element.attributes.find(({ resourceId }) => absolute(resourceId) >= id);
  const seen = reached?.resourceId === id ? reached : undefined;
  return first === seen ? { ok: true, value: first } : { ok: false, code: "manifest_ambiguous" };
}

/** What `read` makes of the attribute of a resource id. */
export function readAttribute<T>(
  element: BinaryElement,
  id: number,
  read: (attribute: BinaryAttribute) => Value<T>,
): Value<T | undefined> {
  const attribute = findAttribute(element, id);
  if (!attribute.ok) return attribute;
  return attribute.value === undefined ? { ok: true, value: undefined } : read(attribute.value);
}

/** Ids of package 0 belong to the package itself, whose ids are above those of the platform. */
function absolute(resourceId: number): number {
  return resourceId !== 0 && resourceId < 0x01000000 ? resourceId + 0x7f000000 : resourceId;
}

/** A signed 32-bit number. Anything else apksig or the phone refuses, or finds by the device's configuration. */
export function toNumber(attribute: BinaryAttribute): Value<number> {
  if (attribute.type === valueType.decimal || attribute.type === valueType.hexadecimal)
    return { ok: true, value: attribute.data | 0 };
  return notTaken(attribute);
}

/** A number, or a text such as a codename. */
export function toNumberOrText(attribute: BinaryAttribute, strings: StringPool): Value<number | string> {
  return attribute.type === valueType.string ? toText(attribute, strings) : toNumber(attribute);
}

/** As `TypedArray.getBoolean` has it: a number other than 0, or one of three texts. */
export function toBoolean(attribute: BinaryAttribute, strings: StringPool): Value<boolean> {
  if (attribute.type === valueType.string) {
    const text = toText(attribute, strings);
    return text.ok ? { ok: true, value: ["true", "TRUE", "1"].includes(text.value) } : text;
  }
  if (attribute.type === valueType.boolean) return { ok: true, value: attribute.data !== 0 };
  const number = toNumber(attribute);
  return number.ok ? { ok: true, value: number.value !== 0 } : number;
}

/** As `TypedValue.coerceToString` writes texts, numbers and booleans. */
export function toWritten(attribute: BinaryAttribute, strings: StringPool): Value<string> {
  if (attribute.type === valueType.string) return toText(attribute, strings);
  if (attribute.type === valueType.boolean) return { ok: true, value: String(attribute.data !== 0) };
  const number = toNumber(attribute);
  if (!number.ok) return number;
  const hexadecimal = attribute.type === valueType.hexadecimal;
  return { ok: true, value: hexadecimal ? `0x${attribute.data.toString(16)}` : String(number.value) };
}

function toText({ data }: BinaryAttribute, strings: StringPool): Value<string> {
  const text = strings.read(data);
  return text === null ? { ok: false, code: "manifest_malformed" } : { ok: true, value: text };
}

function notTaken({ type }: BinaryAttribute): { readonly ok: false; readonly code: ManifestProblemCode } {
  return { ok: false, code: references.includes(type) ? "manifest_value_reference" : "manifest_value_type" };
}
