import {
  type AndroidManifest,
  manifestMaximumBytes,
  readAndroidManifest,
} from "../android-manifest/read-android-manifest.ts";
import type { PackageProblem, Read } from "../problem.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { type ScannedZip, scanZip } from "../zip/open-zip.ts";
import type { ZipArchive } from "../zip/zip-archive.ts";
import type { ApkOptions, ApkVerification } from "./apk-verification.ts";
import { judgeApk, targetSandboxSince } from "./judge-apk.ts";
import { problem } from "./scheme.ts";
import { type SchemesVerdict, verifySchemes } from "./verify-schemes.ts";

/** `Integer.MAX_VALUE`: every API level to come. */
export const everySdk = 0x7fffffff;

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
  // v1 would have to read every entry.
  const bomb = scanned.value.findings.find(({ code }) => code === "zip_bomb");
  if (bomb !== undefined) return createVerification({ maxSdk, errors: [bomb], ambiguities: scanned.value.findings });
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
  const judged = await judgeApk(scanned.value.archive, range, verdict, manifest.ok ? manifest.value : null);
  return createVerification({ ...known, ...judged, ambiguities });
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
