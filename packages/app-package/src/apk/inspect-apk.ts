import type { PackageReport } from "../report.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { type ApkOptions, verifyApk } from "./verify-apk.ts";

/**
 * What an APK says of itself, and whether that identifies a build: its signatures hold on every API level of the range, the archive and the
 * manifest have one meaning for every reader, and the manifest says what it must. Memory does not grow with the file.
 */
export async function inspectApk(source: ByteSource, options: ApkOptions = {}): Promise<PackageReport> {
  const verification = await verifyApk(source, options);
  const manifest = verification.manifest?.ok ? verification.manifest.value : null;
  const unread = verification.manifest?.ok === false ? [verification.manifest.problem] : [];
  const errors = [
    ...verification.errors,
    ...verification.ambiguities,
    ...unread.filter(({ code }) => !verification.errors.some((error) => error.code === code)),
    ...(manifest?.problems ?? []),
  ];
  return {
    format: "apk",
    id: manifest?.package ?? null,
    versionCode: manifest?.versionCode ?? null,
    versionName: manifest?.versionName ?? null,
    debuggable: manifest?.debuggable ?? null,
    verified: verification.verified && errors.length === 0 && manifest !== null,
    schemes: verification.schemes,
    signers: verification.signers,
    lineage: verification.lineage,
    teamId: null,
    appId: null,
    entitlements: null,
    errors,
    warnings: verification.warnings,
    minSdk: verification.minSdk,
    targetSdk: manifest?.targetSdk ?? null,
  };
}
