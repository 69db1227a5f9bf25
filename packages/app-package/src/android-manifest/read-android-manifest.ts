import type { PackageProblem, Read } from "../problem.ts";
import {
  attributeId,
  findAttribute,
  readAttribute,
  toBoolean,
  toNumber,
  toWritten,
  type Value,
} from "./attribute-value.ts";
import { type BinaryElement, type BinaryXml, parseBinaryXml } from "./binary-xml.ts";
import { type ManifestProblemCode, manifestProblems } from "./manifest-problems.ts";
import { readPackageAndSplit } from "./package-and-split.ts";
import { readSdkRange } from "./sdk-range.ts";
import type { StringPool } from "./string-pool.ts";

/** What the manifest of an APK says of the app, as a phone reads it. */
export interface AndroidManifest {
  readonly package: string;
  /** `versionCodeMajor << 32 | versionCode`, exact; 0 where the manifest has none, as on the phone. Null where a problem says why. */
  readonly versionCode: number | null;
  /** Null where there is none, or where it is a reference into the app's resources. */
  readonly versionName: string | null;
  /** The resource that `versionName` refers to. It is shown to people and part of no identity, so it is not looked up. */
  readonly versionNameResource: number | null;
  /** The largest of all `uses-sdk`, 1 where none says; a codename counts as apksig counts it. */
  readonly minSdk: number;
  /** `minSdk` where none says. */
  readonly targetSdk: number;
  /** 1 where none says; from 2 on Android asks for a signature of scheme 2 or later. */
  readonly targetSandboxVersion: number;
  /** Null where a problem says why. */
  readonly debuggable: boolean | null;
  /** The name of the split that this APK is; null for a base APK. */
  readonly split: string | null;
  /** What keeps a version code or `debuggable` from being known. Signatures can be judged all the same; the build must not be registered. */
  readonly problems: readonly PackageProblem[];
}

/** In bytes. Ten times what the largest apps have. */
export const manifestMaximumBytes = 4 * 1024 * 1024;

const names: ReadonlySet<string> = new Set(["manifest", "uses-sdk", "application"]);

/**
 * Reads an APK's `AndroidManifest.xml`, Android's binary XML, as Android's package parser (`ParsingPackageUtils` over `ResXMLTree`) and apksig
 * (`ApkUtils` over `AndroidBinXmlParser`) read it: attributes by resource id, the package by the name of the root's own attribute, `uses-sdk`
 * and `application` as children of the root. Refuses what either refuses, and what they would take for different things.
 */
export function readAndroidManifest(bytes: Uint8Array): Read<AndroidManifest> {
  if (bytes.length > manifestMaximumBytes) return refuse("manifest_too_large", `${bytes.length} bytes`);
  const document = parseBinaryXml(bytes, names);
  if (!document.ok) return refuse(document.code, document.detail);
  const { strings, elements } = document.value;
  const [root] = elements;
  if (root?.name !== "manifest" || root.hasNamespace) return refuse("manifest_package", "the root is not manifest");
  const misplaced = elements.find((each) => each.hasNamespace || each.depth !== (each.name === "manifest" ? 1 : 2));
  if (misplaced !== undefined)
    return refuse("manifest_ambiguous", `${misplaced.name} stands where the readers do not agree on it`);

  const named = readPackageAndSplit(root, strings);
  if (!named.ok) return refuse(named.code, "package or split");
  const sdk = readSdkRange(elementsNamed(document.value, "uses-sdk"), strings);
  if (!sdk.ok) return refuse(sdk.code, "minSdkVersion or targetSdkVersion");

  const versionCode = readVersionCode(root);
  const debuggable = readDebuggable(elementsNamed(document.value, "application"), strings);
  const problems = [problemOf(versionCode, "versionCode"), problemOf(debuggable, "debuggable")].flat();
  return {
    ok: true,
    value: {
      ...named.value,
      ...sdk.value,
      ...readVersionName(root, strings),
      versionCode: versionCode.ok ? versionCode.value : null,
      targetSandboxVersion: readTargetSandboxVersion(root),
      debuggable: debuggable.ok ? debuggable.value : null,
      problems,
    },
  };
}

function elementsNamed({ elements }: BinaryXml, name: string): readonly BinaryElement[] {
  return elements.filter((each) => each.name === name);
}

/** `PackageInfo.composeLongVersionCode`. A negative half is read differently by apksig, and by phones before and since API level 28. */
function readVersionCode(root: BinaryElement): Value<number> {
  const [minor, major] = [
    readAttribute(root, attributeId.versionCode, toNumber),
    readAttribute(root, attributeId.versionCodeMajor, toNumber),
  ];
  if (!minor.ok) return minor;
  if (!major.ok) return major;
  const [low, high] = [minor.value ?? 0, major.value ?? 0];
  const versionCode = high * 2 ** 32 + low;
  const exact = low >= 0 && high >= 0 && Number.isSafeInteger(versionCode);
  return exact ? { ok: true, value: versionCode } : { ok: false, code: "manifest_version_code" };
}

/** The phone takes the first `application`, its quick look before an installation the last: they must agree. */
function readDebuggable(applications: readonly BinaryElement[], strings: StringPool): Value<boolean> {
  const values = applications.map((application): Value<boolean> => {
    const value = readAttribute(application, attributeId.debuggable, (attribute) => toBoolean(attribute, strings));
    return value.ok ? { ok: true, value: value.value ?? false } : value;
  });
  const refused = values.find((value) => !value.ok);
  if (refused !== undefined) return refused;
  const distinct = new Set(values.map((value) => value.ok && value.value));
  if (distinct.size > 1) return { ok: false, code: "manifest_ambiguous" };
  return { ok: true, value: distinct.has(true) };
}

function readVersionName(root: BinaryElement, strings: StringPool) {
  const attribute = findAttribute(root, attributeId.versionName);
  if (!attribute.ok || attribute.value === undefined) return { versionName: null, versionNameResource: null };
  const text = toWritten(attribute.value, strings);
  const reference = !text.ok && text.code === "manifest_value_reference";
  return { versionName: text.ok ? text.value : null, versionNameResource: reference ? attribute.value.data : null };
}

/** As apksig does: what is no number counts as none. */
function readTargetSandboxVersion(root: BinaryElement): number {
  const version = readAttribute(root, attributeId.targetSandboxVersion, toNumber);
  return version.ok ? (version.value ?? 1) : 1;
}

function problemOf(value: Value<unknown>, what: string): readonly PackageProblem[] {
  return value.ok ? [] : [problem(value.code, what)];
}

function problem(code: ManifestProblemCode, what: string): PackageProblem {
  return { code, detail: `${manifestProblems[code]} (${what})` };
}

function refuse(code: ManifestProblemCode, what: string): Read<AndroidManifest> {
  return { ok: false, problem: problem(code, what) };
}
