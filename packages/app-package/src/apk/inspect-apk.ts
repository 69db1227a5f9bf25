import type { AndroidManifest } from "../android-manifest/read-android-manifest.ts";
import type { PackageProblem } from "../problem.ts";
import type { PackageReport, PackageSigner } from "../report.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { ApkOptions } from "./apk-verification.ts";
import { everySdk, verifyApk } from "./verify-apk.ts";

/**
 * What an APK says of itself, and whether its signatures hold on every API level of the range, which is Android's verdict. Where the archive or the
 * manifest has more meanings than one, or does not say what it must, `ambiguities` says so. Memory does not grow with the file.
 */
export async function inspectApk(source: ByteSource, options: ApkOptions = {}): Promise<PackageReport> {
  const verification = await verifyApk(source, options);
  const manifest = verification.manifest?.ok ? verification.manifest.value : null;
  const unread = verification.manifest?.ok === false ? [verification.manifest.problem] : [];
  const ambiguities = [
    ...verification.ambiguities,
    ...unread.filter(({ code }) => !verification.errors.some((error) => error.code === code)),
    ...(manifest?.problems ?? []),
    ...splitOf(manifest),
  ];
  return {
    format: "apk",
    id: manifest?.package ?? null,
    versionCode: manifest?.versionCode ?? null,
    versionName: manifest?.versionName ?? null,
    debuggable: manifest?.debuggable ?? null,
    verified: verification.verified,
    schemes: verification.schemes,
    signers: verification.signers.map(withoutOpenEnd),
    lineage: verification.lineage,
    teamId: null,
    appId: null,
    entitlements: null,
    errors: verification.errors,
    ambiguities,
    warnings: verification.warnings,
    minSdk: verification.minSdk,
    targetSdk: manifest?.targetSdk ?? null,
  };
}

/** A split names the same package and version as its base, and is signed alike: it is not the app all the same. */
function splitOf(manifest: AndroidManifest | null): readonly PackageProblem[] {
  if (manifest === null || manifest.split === null) return [];
  return [{ code: "manifest_split", detail: manifest.split }];
}

/** A range that reaches to every level to come has no end. */
function withoutOpenEnd(signer: PackageSigner): PackageSigner {
  const { maxSdk, ...rest } = signer;
  return maxSdk === undefined || maxSdk >= everySdk ? rest : { ...rest, maxSdk };
}
