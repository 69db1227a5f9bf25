import type { AndroidManifest } from "../android-manifest/read-android-manifest.ts";
import type { PackageProblem, Read } from "../problem.ts";
import type { LineageEntry, PackageSigner } from "../report.ts";
import type { ByteSource } from "../source/byte-source.ts";

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
