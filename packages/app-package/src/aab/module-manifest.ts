import { attributeId, type Value } from "../android-manifest/attribute-value.ts";
import { codenameLevel } from "../android-manifest/codename.ts";
import { isPackageName, isSplitName } from "../android-manifest/package-name.ts";
import type { PackageProblemCode } from "../problem.ts";
import { type ProtoAttribute, type ProtoElement, type ProtoInterest, parseProtoXml } from "./proto-xml.ts";

/** What the manifest of one module declares. Undefined is what it does not. */
export interface ModuleManifest {
  readonly package: string;
  /** Empty of the base module. */
  readonly split: string;
  /** `versionCodeMajor << 32 | versionCode`, exact. */
  readonly versionCode: number | undefined;
  /** Null for a reference to a resource. */
  readonly versionName: string | null | undefined;
  readonly minSdk: number | undefined;
  readonly targetSdk: number | undefined;
  readonly debuggable: boolean | undefined;
}

/** A manifest, or why and of which attribute there is none. */
export type ModuleManifestRead =
  | { readonly ok: true; readonly value: ModuleManifest }
  | { readonly ok: false; readonly code: PackageProblemCode; readonly what: string };

const ids: ReadonlySet<number> = new Set(Object.values(attributeId));
const interest: ProtoInterest = {
  isElement: (name) => name === "uses-sdk" || name === "application",
  isAttribute: (name, resourceId) => ids.has(resourceId) || name === "package" || name === "split",
};

/**
 * Reads a module's `AndroidManifest.xml` as bundletool does (`AndroidManifest`, `XmlProtoElement`): attributes of Android by resource id, each
 * once, from what aapt2 compiled; `package` and `split` by name without a namespace; `uses-sdk` and `application` below the root, each once.
 */
export function readModuleManifest(bytes: Uint8Array): ModuleManifestRead {
  const document = parseProtoXml(bytes, interest);
  if (document === null) return { ok: false, code: "aab_manifest_malformed", what: "XmlNode" };
  const { root, children } = document;
  if (root.name !== "manifest" || root.namespace !== "") return refuse("manifest_package", "the root is not manifest");
  const own = children.filter(({ namespace }) => namespace === "");
  const [usesSdk, application] = ["uses-sdk", "application"].map((name) => own.filter((each) => each.name === name));
  if ((usesSdk?.length ?? 0) > 1 || (application?.length ?? 0) > 1)
    return refuse("manifest_ambiguous", "uses-sdk or application stands twice");

  const names = ["package", "split"].map((name) => readName(root, name));
  const [packageName, split] = names;
  if (packageName === undefined || packageName === null || !isPackageName(packageName))
    return refuse("manifest_package", "package");
  if (split === null || (split !== undefined && !isSplitName(split))) return refuse("manifest_package", "split");

  const read = {
    versionCode: readVersionCode(root),
    versionName: attributeOf(root, attributeId.versionName, toVersionName),
    minSdk: attributeOf(usesSdk?.[0], attributeId.minSdkVersion, toLevel),
    targetSdk: attributeOf(usesSdk?.[0], attributeId.targetSdkVersion, toLevel),
    debuggable: attributeOf(application?.[0], attributeId.debuggable, toBoolean),
  };
  const { versionCode, versionName, minSdk, targetSdk, debuggable } = read;
  if (!versionCode.ok) return refuse(versionCode.code, "versionCode");
  if (!versionName.ok) return refuse(versionName.code, "versionName");
  if (!minSdk.ok) return refuse(minSdk.code, "minSdkVersion");
  if (!targetSdk.ok) return refuse(targetSdk.code, "targetSdkVersion");
  if (!debuggable.ok) return refuse(debuggable.code, "debuggable");
  return {
    ok: true,
    value: {
      package: packageName,
      split: split ?? "",
      versionCode: versionCode.value,
      versionName: versionName.value,
      minSdk: minSdk.value,
      targetSdk: targetSdk.value,
      debuggable: debuggable.value,
    },
  };
}

/** Undefined where there is none, null where there are two, or one that is no text. */
function readName(root: ProtoElement, name: string): string | undefined | null {
  const found = root.attributes.filter((each) => each.name === name && each.namespace === "");
  if (found.length > 1) return null;
  return found[0] === undefined ? undefined : textOf(found[0]);
}

/** bundletool takes the compiled text, or where there is none the text in the source; aapt2 turns either into the binary manifest. */
function textOf({ compiled, value }: ProtoAttribute): string | null {
  if (compiled === undefined) return value;
  return compiled.kind === "text" ? compiled.text : null;
}

function attributeOf<T>(
  element: ProtoElement | undefined,
  id: number,
  read: (attribute: ProtoAttribute) => Value<T>,
): Value<T | undefined> {
  const found = (element?.attributes ?? []).filter(({ resourceId }) => resourceId === id);
  if (found.length > 1) return { ok: false, code: "manifest_ambiguous" };
  return found[0] === undefined ? { ok: true, value: undefined } : read(found[0]);
}

function readVersionCode(root: ProtoElement): Value<number | undefined> {
  const minor = attributeOf(root, attributeId.versionCode, toNumber);
  const major = attributeOf(root, attributeId.versionCodeMajor, toNumber);
  if (!minor.ok || minor.value === undefined) return minor;
  if (!major.ok) return major;
  const versionCode = (major.value ?? 0) * 2 ** 32 + minor.value;
  const exact = minor.value >= 0 && (major.value ?? 0) >= 0 && Number.isSafeInteger(versionCode);
  return exact ? { ok: true, value: versionCode } : { ok: false, code: "manifest_version_code" };
}

function toNumber(attribute: ProtoAttribute): Value<number> {
  return attribute.compiled?.kind === "number" ? { ok: true, value: attribute.compiled.data } : notTaken(attribute);
}

function toLevel(attribute: ProtoAttribute): Value<number> {
  const text = textOf(attribute);
  if (text === null) return toNumber(attribute);
  const level = codenameLevel(text);
  return level === null ? { ok: false, code: "manifest_codename" } : { ok: true, value: level };
}

function toBoolean(attribute: ProtoAttribute): Value<boolean> {
  return attribute.compiled?.kind === "boolean"
    ? { ok: true, value: attribute.compiled.data !== 0 }
    : notTaken(attribute);
}

function toVersionName(attribute: ProtoAttribute): Value<string | null> {
  if (attribute.compiled?.kind === "reference") return { ok: true, value: null };
  const text = textOf(attribute);
  return text === null ? notTaken(attribute) : { ok: true, value: text };
}

function notTaken({ compiled }: ProtoAttribute): Value<never> {
  return { ok: false, code: compiled?.kind === "reference" ? "manifest_value_reference" : "manifest_value_type" };
}

function refuse(code: PackageProblemCode, what: string): ModuleManifestRead {
  return { ok: false, code, what };
}
