import type { Value } from "./attribute-value.ts";
import { type BinaryElement, none } from "./binary-xml.ts";
import type { BinaryAttribute } from "./chunk.ts";
import { isPackageName, isSplitName } from "./package-name.ts";
import type { StringPool } from "./string-pool.ts";

/**
 * `package` and `split` of the root: attributes without a namespace that Android finds by name, not by resource id
 * (`ApkLiteParseUtils.parsePackageSplitNames`). The phone takes the text as it was written, apksig the typed value, and apksig does not look
 * at the namespace: all must come to one text.
 */
export function readPackageAndSplit(
  root: BinaryElement,
  strings: StringPool,
): Value<{ readonly package: string; readonly split: string | null }> {
  // apksig reads every name up to this one; the phone passes over names that cannot be read.
  const first = root.attributes.find(({ nameIndex }) => [null, "package"].includes(strings.read(nameIndex)));
  const own = findOwn(root, "package", strings);
  if (own === undefined) return { ok: false, code: "manifest_package" };
  if (first !== own) return { ok: false, code: "manifest_ambiguous" };
  const name = readText(own, strings);
  if (!name.ok) return name;
  if (!isPackageName(name.value)) return { ok: false, code: "manifest_package" };

  const splitAttribute = findOwn(root, "split", strings);
  if (splitAttribute === undefined) return { ok: true, value: { package: name.value, split: null } };
  const split = readText(splitAttribute, strings);
  if (!split.ok) return split;
  if (split.value === "") return { ok: true, value: { package: name.value, split: null } };
  if (!isSplitName(split.value)) return { ok: false, code: "manifest_package" };
  return { ok: true, value: { package: name.value, split: split.value } };
}

function findOwn(root: BinaryElement, name: string, strings: StringPool): BinaryAttribute | undefined {
  return root.attributes.find(
    ({ namespaceIndex, nameIndex }) => namespaceIndex === none && strings.read(nameIndex) === name,
  );
}

function readText({ rawIndex, type, data }: BinaryAttribute, strings: StringPool): Value<string> {
  if (type !== 3) return { ok: false, code: "manifest_value_type" };
  const [written, typed] = [strings.read(rawIndex), strings.read(data)];
  if (written === null || typed === null) return { ok: false, code: "manifest_malformed" };
  return written === typed ? { ok: true, value: typed } : { ok: false, code: "manifest_ambiguous" };
}
