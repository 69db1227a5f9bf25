import type { KeyObject } from "node:crypto";
import { androidDigests, type DigestSuffix, jarsignerDigests, type NamedDigest } from "./digest-attributes.ts";
import type { JarSection } from "./jar-sections.ts";
import type { AndroidJarOptions, JarOptions } from "./jar-verification.ts";
import { isSupportedByAndroid, isSupportedByJarsigner, type SignatureAlgorithm } from "./signature-algorithms.ts";

/** Where Android on a range of API levels and `jarsigner` part ways. */
export interface JarRules {
  /** The digests that must be right; empty where none counts. */
  digests(section: JarSection, suffix: DigestSuffix): readonly NamedDigest[];
  /** True where it has digests, all of which are too weak to count, and that makes it worthless. */
  hasOnlyWeakDigests(section: JarSection, suffix: DigestSuffix): boolean;
  /** Sections must be as the JAR specification has them. */
  readonly wantsWellFormed: boolean;
  isSupported(algorithm: SignatureAlgorithm): boolean;
  /** What makes a key too weak, for people; null where nothing does. */
  keyWeakness(key: KeyObject): string | null;
  /** True where the manifest must vouch for an entry of this name. */
  isCovered(entryName: string): boolean;
  /** The manifest may name entries that were taken out since. */
  readonly allowsMissingEntries: boolean;
  /** True of a signature file whose main section makes it one. */
  isSignatureFile(main: JarSection): boolean;
  /** The Android-only tool `signtool` wrote signature files in a way of its own, and said so. */
  readonly knowsSigntool: boolean;
  /** Signed attributes are safe. */
  readonly takesSignedAttributes: boolean;
  /** The signed attribute contentType counts. */
  readonly checksContentType: boolean;
  /** More in one block are refused: each costs a signature check over the whole signature file. Signers write one. */
  readonly maximumSignerInfos: number;
  /** SignerInfos after the first are not looked at. */
  readonly firstSignerInfoOnly: boolean;
  /** Newer schemes that a signature file can demand, and those that were found; null where it cannot demand any. */
  readonly schemes: { readonly known: readonly number[]; readonly found: readonly number[] } | null;
}

export function createJarRules(options: JarOptions): JarRules {
  return options.rules === "android" ? androidRules(options) : jarsignerRules;
}

/** Signed attributes were not compared with the file before 4.4; contentType, SignerInfos after the first and scheme v2 came with 7.0, v3 with 9. */
const kitKat = 19;
const nougat = 24;
const pie = 28;

/** As Android's verifier of packages judges for a range of API levels: apksig's `V1SchemeVerifier`, which states what each version does. */
function androidRules(options: AndroidJarOptions): JarRules {
  const { minSdk, maxSdk, foundSchemes } = options;
  return {
    digests: (section, suffix) => androidDigests(section, suffix, minSdk, maxSdk),
    hasOnlyWeakDigests: () => false,
    wantsWellFormed: false,
    isSupported: (algorithm) => isSupportedByAndroid(algorithm, minSdk, maxSdk),
    keyWeakness: () => null,
    isCovered: (name) => !name.startsWith("META-INF/") && !name.endsWith("/"),
    allowsMissingEntries: false,
    isSignatureFile: (main) => main.attributes.has("signature-version"),
    knowsSigntool: true,
    takesSignedAttributes: minSdk >= kitKat,
    checksContentType: maxSdk >= nougat,
    maximumSignerInfos: 8,
    firstSignerInfoOnly: minSdk < nougat,
    schemes: maxSdk >= nougat ? { known: maxSdk >= pie ? [2, 3] : [2], found: foundSchemes } : null,
  };
}

const minimumKeyBits = 1024;

/**
 * As `jarsigner -verify` of a current JDK judges, of whose freedoms four are not given: an unsigned entry is an error, every digest that
 * is not weak must be right, all entries have the same signers, and a block has one SignerInfo. Certificates' issuers, dates and timestamps are not looked at.
 */
const jarsignerRules: JarRules = {
  digests: jarsignerDigests,
  hasOnlyWeakDigests: (section, suffix) =>
    jarsignerDigests(section, suffix).length === 0 &&
    ["md5", "sha", "sha1", "sha-1"].some((name) => section.attributes.has(`${name}${suffix}`)),
  wantsWellFormed: true,
  isSupported: isSupportedByJarsigner,
  keyWeakness(key) {
    const bits = key.asymmetricKeyDetails?.modulusLength;
    return bits !== undefined && bits < minimumKeyBits ? `a key of ${bits} bits` : null;
  },
  isCovered: (name) =>
    !name.endsWith("/") && !/^META-INF\/(?:MANIFEST\.MF|SIG-[^/]*|[^/]*\.(?:SF|RSA|DSA|EC))$/.test(name),
  allowsMissingEntries: true,
  isSignatureFile: (main) => main.attributes.get("signature-version") === "1.0",
  knowsSigntool: false,
  takesSignedAttributes: true,
  checksContentType: true,
  // To the JDK each of several is a signer of its own.
  maximumSignerInfos: 1,
  firstSignerInfoOnly: false,
  schemes: null,
};
