import { sha256, toHex } from "@countersign/asn1";
import type { AndroidManifest } from "../android-manifest/read-android-manifest.ts";
import type { JarVerification } from "../jar/jar-verification.ts";
import { verifyJarSignature } from "../jar/verify-jar-signature.ts";
import type { PackageProblem } from "../problem.ts";
import type { ZipArchive } from "../zip/zip-archive.ts";
import type { ApkVerification } from "./apk-verification.ts";
import { capabilityNames } from "./lineage.ts";
import { problem } from "./scheme.ts";
import type { SdkRange } from "./scheme-blocks.ts";
import { firstSdk } from "./scheme-v3.ts";
import type { ContentDigestKind } from "./signature-algorithm.ts";
import { checkSignersAgree } from "./signers-agree.ts";
import { signersByLevel } from "./signers-by-level.ts";
import { verifySourceStamp } from "./source-stamp.ts";
import type { SchemesVerdict } from "./verify-schemes.ts";

type JudgedApk = Pick<
  ApkVerification,
  "verified" | "schemes" | "signerCertSha256" | "signers" | "lineage" | "sourceStampSha256" | "errors" | "warnings"
>;

/** From this API level on devices read the target sandbox version before they take a signature. */
export const targetSandboxSince = 26;
const targetForV2 = 30;
// As much as the verifier of v1 reads.
const jarManifestBytes = 16 * 1024 * 1024;

/**
 * Judges an APK by what its schemes say: v1, where a device of the range looks at it, whether all name the same signers, and whether they
 * are new enough for what the manifest asks for. One way leads to `verified`: some scheme held, and no problem was found.
 */
export async function judgeApk(
  zip: ZipArchive,
  range: SdkRange,
  verdict: SchemesVerdict,
  manifest: AndroidManifest | null,
): Promise<JudgedApk> {
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
  const verified = errors.length === 0;
  const byLevel = signersByLevel(jarCertificates(jar), verdict, range);
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
    signerCertSha256: verified
      ? newestSigners(jar, verdict, range).map((certificate) => toHex(sha256(certificate)))
      : [],
    signers: verified ? byLevel.signers : [],
    lineage: lineage.map(({ certificate, flags }) => ({
      certSha256: toHex(sha256(certificate.bytes)),
      capabilities: capabilityNames(flags),
    })),
    errors,
    sourceStampSha256: stamp?.ok ? stamp.certSha256 : null,
    warnings: [
      ...(jar?.warnings ?? []),
      ...(verified ? checkCoverage(byLevel.uncovered) : []),
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
  const certificates = (signers: typeof v2) => signers?.map((signer) => signer.certificates[0].bytes) ?? null;
  const disagree = checkSignersAgree(
    { v1: jarCertificates(jar), v2: certificates(v2), v3: certificates(v3) },
    verdict.proven,
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
  if (problems.length === 0) return [problem("apk_unsigned", "the JAR signature does not hold")];
  const absent = problems.every(({ code }) => code === "jar_manifest_missing" || code === "jar_signature_missing");
  return absent && found.size === 0 ? [problem("apk_unsigned", "nothing signed it"), ...problems] : problems;
}

/** For the newest devices of the range. */
function newestSigners(jar: JarVerification | null, { v32, v31, v3, v2 }: SchemesVerdict, { maxSdk }: SdkRange) {
  for (const signers of [v32 && [v32], v31, v3]) {
    const within = signers?.filter((signer) => signer.minSdk <= maxSdk) ?? [];
    const newest = within.toSorted((one, other) => one.minSdk - other.minSdk).at(-1);
    if (newest !== undefined) return [newest.certificates[0].bytes];
  }
  return v2?.map(({ certificates }) => certificates[0].bytes) ?? jarCertificates(jar) ?? [];
}

/** Devices for which no scheme that was looked at signs cannot install the APK, or take a signature that nobody judged. */
function checkCoverage(uncovered: readonly SdkRange[]): readonly PackageProblem[] {
  return uncovered
    .slice(0, 1)
    .map(({ minSdk, maxSdk }) => problem("apk_uncovered", `nothing signs for API levels ${minSdk} to ${maxSdk}`));
}
