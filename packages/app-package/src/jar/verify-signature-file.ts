import { createHash } from "node:crypto";
import { quoteName } from "../zip/entry-name.ts";
import type { DigestSuffix, NamedDigest } from "./digest-attributes.ts";
import type { JarRules } from "./jar-rules.ts";
import { type JarSection, readJarSections } from "./jar-sections.ts";
import { type JarManifest, maximumSections } from "./manifest-sections.ts";
import type { ProblemList } from "./problem-list.ts";

/** What a signer says of the manifest. */
export interface SignedEntries {
  /** Names of the entries whose sections of the manifest the signer signed. */
  readonly names: ReadonlySet<string>;
  /** True where Android passes the signer over; `errors` then says why, and counts for nothing. */
  readonly isIgnored: boolean;
}

/** What a signature file is verified with. */
export interface FileContext {
  readonly manifest: JarManifest;
  readonly rules: JarRules;
  readonly errors: ProblemList;
  readonly warnings: ProblemList;
}

const nothing: ReadonlySet<string> = new Set();
const ignored: SignedEntries = { names: nothing, isIgnored: true };
const broken: SignedEntries = { names: nothing, isIgnored: false };

/**
 * Verifies a manifest against a signature file whose own signature holds (apksig, `verifySigFileAgainstManifest`). Where the digest of the
 * whole manifest is right, the sections of the file say which entries are signed; else each of them must have the digest of the manifest's
 * section of the same name. Problems go to `errors`.
 */
export function verifySignatureFile(file: Uint8Array, context: FileContext): SignedEntries {
  const { rules, errors } = context;
  const reader = readJarSections(file);
  const main = reader.next().value ?? null;
  if (main === null) {
    errors.add("jar_signature_file_malformed", "the signature file is empty");
    return broken;
  }
  if (!rules.isSignatureFile(main)) {
    errors.add("jar_signature_file_malformed", "the signature file has no Signature-Version");
    return ignored;
  }
  checkForm(main, context);
  checkSchemes(main, context);
  if (!errors.isEmpty()) return broken;
  const bySigntool = rules.knowsSigntool && (main.attributes.get("created-by") ?? "").includes("signtool");
  const isWhole = isManifestSigned(main, bySigntool ? "-digest" : "-digest-manifest", context);
  if (!bySigntool) checkMainSection(main, context);
  return errors.isEmpty() ? readEntries(reader, isWhole, bySigntool, context) : broken;
}

function checkForm({ isWellFormed, start }: JarSection, { rules, errors }: FileContext): void {
  if (rules.wantsWellFormed && !isWellFormed)
    errors.add("jar_section_malformed", `in the signature file, at byte ${start}`);
}

function checkWeakness(main: JarSection, suffix: DigestSuffix, { rules, errors }: FileContext): void {
  if (rules.hasOnlyWeakDigests(main, suffix))
    errors.add("jar_digest_missing", "the signature file has only weak digests of the manifest");
}

/** From 7.0 on Android refuses a package whose signature file names a newer scheme that it knows and does not find. */
function checkSchemes(main: JarSection, { rules, errors, warnings }: FileContext): void {
  if (rules.schemes === null) return;
  const { known, found } = rules.schemes;
  const named = main.attributes.get("x-android-apk-signed");
  if (named === undefined) {
    if (found.length > 0) warnings.add("jar_stripping_unprotected", "the signature file names no newer scheme");
    return;
  }
  const numbers = new Set(named.split(",").map(toJavaInteger));
  for (const scheme of known) {
    if (numbers.has(scheme) && !found.includes(scheme))
      errors.add("jar_scheme_stripped", `scheme v${scheme} is named and was not found`);
  }
}

/**
 * A number as Java's `String.trim` and `Integer.parseInt` read it: everything up to U+0020 around it is no part of it, and the digits of
 * every script count. Null for what is no such number, or has more digits than any scheme's.
 */
function toJavaInteger(text: string): number | null {
  const [, sign, digits] = /^[\0- ]*([+-]?)(\p{Nd}+)[\0- ]*$/u.exec(text) ?? [];
  // A pair of surrogates is no digit to Java, which looks at each.
  if (digits === undefined || /[^\0-\uffff]/u.test(digits)) return null;
  const value = Number.parseInt(digits.replaceAll(/\p{Nd}/gu, digitOf), 10);
  return sign === "-" ? -value : value;
}

/** Unicode has the ten digits of a script in a row, the first at a code point that ends in the hexadecimal digit 0 or 6. */
function digitOf(digit: string): string {
  const point = digit.codePointAt(0) ?? 0;
  const row = point - (point % 16);
  return `${point - (/\p{Nd}/u.test(String.fromCodePoint(row)) ? row : row + 6)}`;
}

function isManifestSigned(main: JarSection, suffix: DigestSuffix, context: FileContext): boolean {
  const { manifest, rules, errors, warnings } = context;
  checkWeakness(main, suffix, context);
  const digests = rules.digests(main, suffix);
  const wrong = digests.find((digest) => !isDigestOf(digest, manifest.bytes));
  if (digests.length === 0)
    warnings.add("jar_digest_missing", "the signature file has no digest of the whole manifest");
  if (wrong?.digest === null) errors.add("jar_manifest_digest", `${wrong.hash} of the whole manifest is no base64`);
  else if (wrong)
    warnings.add("jar_manifest_digest", `${wrong.hash} of the whole manifest; its sections are compared one by one`);
  return digests.length > 0 && wrong === undefined;
}

function checkMainSection(main: JarSection, context: FileContext): void {
  const { manifest, rules, errors } = context;
  checkWeakness(main, "-digest-manifest-main-attributes", context);
  const section = manifest.main;
  const bytes = section ? manifest.bytes.subarray(section.start, section.end) : null;
  for (const digest of rules.digests(main, "-digest-manifest-main-attributes"))
    if (bytes === null || !isDigestOf(digest, bytes))
      errors.add("jar_manifest_digest", `${digest.hash} of the main section`);
}

function readEntries(
  sections: Iterable<JarSection>,
  isWhole: boolean,
  bySigntool: boolean,
  context: FileContext,
): SignedEntries {
  const { manifest, errors } = context;
  const names = new Set<string>();
  let isIgnored = false;
  for (const section of sections) {
    const { name } = section;
    checkForm(section, context);
    if (names.size === maximumSections) {
      errors.add("jar_too_large", `the signature file has more than ${maximumSections} sections`);
      return broken;
    }
    if (name === null || names.has(name)) {
      if (name === null) errors.add("jar_section_unnamed", `section ${names.size + 1} of the signature file`);
      else errors.add("jar_section_duplicate", `${quoteName(name)} in the signature file`);
      return ignored;
    }
    names.add(name);
    if (isWhole) continue;
    const signed = manifest.sections.get(name);
    if (signed) {
      // To apksig that is no wrong digest but an error that ends it for the package, whatever else would have the signer ignored.
      if (!checkSection(section, signed, bySigntool, context)) return broken;
    } else {
      errors.add("jar_digest_missing", `the manifest has no section of ${quoteName(name)}`);
      isIgnored = true;
    }
  }
  return { names, isIgnored };
}

/** False where a digest that counts is no base64. */
function checkSection(section: JarSection, signed: JarSection, bySigntool: boolean, context: FileContext): boolean {
  const { manifest, rules, errors } = context;
  const digests = rules.digests(section, "-digest");
  if (digests.length === 0) errors.add("jar_digest_missing", `${quoteName(section.name ?? "")} in the signature file`);
  const bytes = manifest.bytes.subarray(signed.start, signed.end);
  // signtool left the empty line that ends a section out of its digest.
  const isLong = bySigntool && bytes.at(-1) === 0x0a && bytes.at(-2) === 0x0a;
  for (const digest of digests)
    if (!isDigestOf(digest, isLong ? bytes.subarray(0, -1) : bytes))
      errors.add("jar_manifest_digest", `${digest.hash} of the section of ${quoteName(section.name ?? "")}`);
  return digests.every(({ digest }) => digest !== null);
}

function isDigestOf({ hash, digest }: NamedDigest, bytes: Uint8Array): boolean {
  return digest?.equals(createHash(hash).update(bytes).digest()) ?? false;
}
