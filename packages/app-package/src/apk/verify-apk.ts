import { sha256, toHex } from "@countersign/asn1";
import {
  type AndroidManifest,
  manifestMaximumBytes,
  readAndroidManifest,
} from "../android-manifest/read-android-manifest.ts";
import type { JarVerification } from "../jar/jar-verification.ts";
import { verifyJarSignature } from "../jar/verify-jar-signature.ts";
import type { PackageProblem, Read } from "../problem.ts";
import type { LineageEntry, PackageSigner } from "../report.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { type ScannedZip, scanZip } from "../zip/open-zip.ts";
import type { ZipArchive } from "../zip/zip-archive.ts";
import { capabilityNames } from "./lineage.ts";
import { problem } from "./scheme.ts";
import type { SdkRange } from "./scheme-blocks.ts";
import { firstSdk } from "./scheme-v3.ts";
import type { ContentDigestKind } from "./signature-algorithm.ts";
import { checkSignersAgree } from "./signers-agree.ts";
import { signersByLevel } from "./signers-by-level.ts";
import { verifySourceStamp } from "./source-stamp.ts";
import { type SchemesVerdict, verifySchemes } from "./verify-schemes.ts";

export interface ApkOptions {
  /** Lowest API level to judge for; what the manifest says where absent. */
  readonly minSdk?: number;
  /** Highest API level to judge for; every later one where absent. */
  readonly maxSdk?: number;
  /** The v4 signature file, `.idsig`. */
  readonly v4?: ByteSource;
}

export interface ApkVerification {
  /** Android's verdict: some scheme covers every API level of the range, and none that a device would look at is broken. */
  readonly verified: boolean;
  /** Which schemes were looked at and held. */
  readonly schemes: Readonly<Record<"v1" | "v2" | "v3" | "v31" | "v32" | "v4", boolean>>;
  /** Who signed for the newest devices of the range, SHA-256 over the certificates' bytes; empty where not verified. */
  readonly signerCertSha256: readonly string[];
  /** Who signed for which devices; empty where not verified. */
  readonly signers: readonly PackageSigner[];
  readonly lineage: readonly LineageEntry[];
  /** Certificate of the store that says it delivered the package, where that holds; no phone asks. */
  readonly sourceStampSha256: string | null;
  readonly errors: readonly PackageProblem[];
  readonly warnings: readonly PackageProblem[];
  /** What keeps the archive from having one meaning, whatever its signatures say. Android's verdict does not depend on it; an identity does. */
  readonly ambiguities: readonly PackageProblem[];
  readonly manifest: Read<AndroidManifest> | null;
  readonly minSdk: number | null;
  readonly maxSdk: number;
}

/** `Integer.MAX_VALUE`: every API level to come. */
export const everySdk = 0x7fffffff;

// As much as the verifier of v1 reads.
const jarManifestBytes = 16 * 1024 * 1024;
const targetForV2 = 30;
const targetSandboxSince = 26;

/**
 * Verifies an APK's signatures as Android does on devices of a range of API levels: the verdict of AOSP's `ApkVerifier`. Reads the file
 * once, and with v1 each entry once more. Throws a TypeError for API levels that are none, and what the source throws.
 */
export async function verifyApk(source: ByteSource, options: ApkOptions = {}): Promise<ApkVerification> {
  assertLevel(options.minSdk);
  assertLevel(options.maxSdk);
  const maxSdk = options.maxSdk ?? everySdk;
  const scanned = await scanZip(source);
  if (!scanned.ok) return createVerification({ maxSdk, errors: [scanned.problem] });
  const manifest = await readManifest(scanned.value.archive);
  const minSdk = options.minSdk ?? (manifest.ok ? manifest.value.minSdk : null);
  const known = { maxSdk, minSdk, manifest, ambiguities: scanned.value.findings };
  if (minSdk === null || (maxSdk >= targetSandboxSince && !manifest.ok))
    return createVerification({ ...known, errors: manifest.ok ? [] : [manifest.problem] });
  if (minSdk > maxSdk)
    return createVerification({ ...known, errors: [problem("apk_sdk_range", `from ${minSdk} to ${maxSdk}`)] });

  const range = { minSdk, maxSdk };
  const verdict = await verifySchemes(source, scanned.value.end, range, options.v4 ?? null);
  const ambiguities = [...scanned.value.findings, ...checkPlaces(scanned.value, verdict)];
  const judged = await judge(scanned.value.archive, range, verdict, manifest.ok ? manifest.value : null);
  return createVerification({ ...known, ...judged, ambiguities });
}

async function judge(
  zip: ZipArchive,
  range: SdkRange,
  verdict: SchemesVerdict,
  manifest: AndroidManifest | null,
): Promise<Partial<ApkVerification>> {
  const jar =
    verdict.problems.length === 0 && (range.minSdk < firstSdk.v2 || verdict.found.size === 0)
      ? await verifyJarSignature(zip, {
          rules: "android",
          minSdk: Math.max(range.minSdk, 1),
          maxSdk: range.maxSdk,
          foundSchemes: [...verdict.found],
        })
      : null;
  const errors = [
    ...verdict.problems,
    ...(verdict.problems.length === 0 ? checkSandbox(range, verdict, manifest) : []),
    ...(jar === null ? [] : jarProblems(jar, verdict)),
  ];
  if (errors.length === 0) errors.push(...checkWhole(range, verdict, jar, manifest));
  const lineage = verdict.lineage?.nodes ?? [];
  const held = { jar: jar?.ok ? jar : null, verdict };
  const verified = errors.length === 0;
  const stamp = verified
    ? await verifySourceStamp(zip, verdict.stampBlock, await signedDigests(zip, verdict, jar))
    : null;
  return {
    verified,
    schemes: {
      v1: jar?.ok ?? false,
      v2: verdict.v2 !== null,
      v3: verdict.v3 !== null,
      v31: verdict.v31 !== null,
      v32: verdict.v32 !== null,
      v4: verdict.v4,
    },
    signerCertSha256: verified ? newestSigners(held).map((certificate) => toHex(sha256(certificate))) : [],
    signers: verified ? signersByLevel(jarCertificates(held.jar), verdict, range) : [],
    lineage: lineage.map(({ certificate, flags }) => ({
      certSha256: toHex(sha256(certificate.bytes)),
      capabilities: capabilityNames(flags),
    })),
    errors,
    sourceStampSha256: stamp?.ok ? stamp.certSha256 : null,
    warnings: [
      ...(jar?.warnings ?? []),
      ...(stamp?.ok === false ? [problem("apk_source_stamp", "the package says that it came from a store")] : []),
    ],
  };
}

/** Android takes an app of target sandbox version 2 with v2 or newer alone. */
function checkSandbox({ maxSdk }: SdkRange, { found }: SchemesVerdict, manifest: AndroidManifest | null) {
  const sandbox = manifest?.targetSandboxVersion ?? 1;
  return maxSdk >= targetSandboxSince && sandbox > 1 && found.size === 0
    ? [problem("apk_scheme_too_old", `target sandbox version ${sandbox} asks for v2`)]
    : [];
}

/** What is judged once every scheme is found to hold. */
function checkWhole(
  { maxSdk }: SdkRange,
  verdict: SchemesVerdict,
  jar: JarVerification | null,
  manifest: AndroidManifest | null,
): readonly PackageProblem[] {
  const { v2, v3, v31, v32 } = verdict;
  const modern = (v2 ?? v3 ?? v31 ?? v32) !== null;
  if (!modern && !jar?.ok) return [problem("apk_unsigned", "no scheme was found good")];
  if (verdict.v4 && !modern) return [problem("apk_v4_mismatch", "nothing but v1 stands beside the v4 signature")];
  const certificates = (signers: typeof v2) => signers?.map((signer) => signer.certificates[0].bytes) ?? null;
  const disagree = checkSignersAgree(
    { v1: jarCertificates(jar), v2: certificates(v2), v3: certificates(v3) },
    verdict.lineage,
  );
  if (disagree !== null) return [disagree];
  const target = manifest?.targetSdk ?? 1;
  return target >= targetForV2 && maxSdk >= target && !modern
    ? [problem("apk_scheme_too_old", `target API level ${target} asks for v2`)]
    : [];
}

function jarCertificates(jar: JarVerification | null): readonly Uint8Array[] | null {
  return jar?.ok ? jar.signers.flatMap(({ certificate }) => (certificate === null ? [] : [certificate])) : null;
}

/** What a source stamp is over: the digests of every scheme that was looked at but v3.1. */
async function signedDigests(zip: ZipArchive, { v2, v3 }: SchemesVerdict, jar: JarVerification | null) {
  const digests = new Map<number, ReadonlyMap<ContentDigestKind | "manifest", Uint8Array>>();
  for (const [scheme, signers] of [[2, v2] as const, [3, v3] as const]) {
    const signed = signers?.flatMap((signer) => signer.digests.map(({ kind, value }) => [kind, value] as const));
    if (signed) digests.set(scheme, new Map(signed));
  }
  const entry = jar === null ? undefined : zip.find("META-INF/MANIFEST.MF");
  const manifest = entry && (await zip.read(entry, jarManifestBytes));
  if (manifest?.ok) digests.set(1, new Map([["manifest", sha256(manifest.value)]]));
  return digests;
}

/** A JAR signature that does not hold has a problem, of the archive or of a signer; where nothing signed at all, that is said first. */
function jarProblems(jar: JarVerification, { found }: SchemesVerdict): readonly PackageProblem[] {
  if (jar.ok) return [];
  const problems = [...jar.errors, ...jar.signers.flatMap(({ errors }) => errors)];
  const absent = problems.every(({ code }) => code === "jar_manifest_missing" || code === "jar_signature_missing");
  return absent && found.size === 0 ? [problem("apk_unsigned", "nothing signed it"), ...problems] : problems;
}

function newestSigners({ jar, verdict }: { jar: JarVerification | null; verdict: SchemesVerdict }) {
  const { v32, v31, v3, v2 } = verdict;
  if (v32 !== null) return [v32.certificates[0].bytes];
  const rotated = (v31 ?? v3)?.at(-1);
  if (rotated !== undefined) return [rotated.certificates[0].bytes];
  return v2?.map(({ certificates }) => certificates[0].bytes) ?? jarCertificates(jar) ?? [];
}

/** What lies in the signing block is signed by nobody: no entry may. */
function checkPlaces({ entriesEnd }: ScannedZip, { blockOffset }: SchemesVerdict): readonly PackageProblem[] {
  return blockOffset !== null && entriesEnd > blockOffset
    ? [problem("apk_signing_block", "an entry reaches into the APK Signing Block")]
    : [];
}

async function readManifest(zip: ZipArchive): Promise<Read<AndroidManifest>> {
  const entry = zip.find("AndroidManifest.xml");
  if (entry === undefined)
    return { ok: false, problem: problem("apk_manifest_missing", "there is no AndroidManifest.xml") };
  const bytes = await zip.read(entry, manifestMaximumBytes);
  return bytes.ok ? readAndroidManifest(bytes.value) : bytes;
}

function createVerification(known: Partial<ApkVerification> & { readonly maxSdk: number }): ApkVerification {
  return {
    verified: false,
    schemes: { v1: false, v2: false, v3: false, v31: false, v32: false, v4: false },
    signerCertSha256: [],
    signers: [],
    lineage: [],
    sourceStampSha256: null,
    errors: [],
    warnings: [],
    ambiguities: [],
    manifest: null,
    minSdk: null,
    ...known,
  };
}

function assertLevel(level: number | undefined): void {
  if (level !== undefined && (!Number.isInteger(level) || level < 0 || level > everySdk))
    throw new TypeError("an API level is an integer from 0 to 2147483647");
}
