import type { PackageProblem } from "./problem.ts";

/** What a package says of itself, and whether that holds: what the phone will report of the app once it is installed. */
export interface PackageReport {
  /** Null where the file is none of the three. */
  readonly format: "apk" | "aab" | "ipa" | null;
  /** Android package name, or iOS bundle identifier. */
  readonly id: string | null;
  /** Android: `versionCodeMajor << 32 | versionCode` as a number. iOS: `CFBundleVersion` as text. */
  readonly versionCode: number | string | null;
  /** Android: `android:versionName`. iOS: `CFBundleShortVersionString`. */
  readonly versionName: string | null;
  /** Android: `android:debuggable`. iOS: the entitlement `get-task-allow`. */
  readonly debuggable: boolean | null;
  /** True where every check for the range of API levels held, or for iOS every slice's signature and the profile. */
  readonly verified: boolean;
  /** Which signature schemes were found good: `v1`, `v2`, `v3`, `v31`, `v4`; `jar` of a bundle; `code` and `profile` of an IPA. */
  readonly schemes: Readonly<Record<string, boolean>>;
  /**
   * Who signed the package, SHA-256 in lower-case hex over the certificate's bytes as they stand in it. Of a bundle that is the upload key, which
   * no phone reports: the warning `play_signing_unknown` says that the key Play signs with has to be asked for.
   */
  readonly signers: readonly PackageSigner[];
  /** Certificates of the proof of rotation, oldest first; empty where none was rotated. */
  readonly lineage: readonly LineageEntry[];
  readonly teamId: string | null;
  /** `application-identifier`: what App Attest's hash is over. */
  readonly appId: string | null;
  readonly entitlements: Readonly<Record<string, unknown>> | null;
  /** Why `verified` is false. */
  readonly errors: readonly PackageProblem[];
  /**
   * What a package may hold whose signatures Android takes, and that keeps it from having one meaning for every reader, or on every device. No build that
   * has any is registered.
   */
  readonly ambiguities: readonly PackageProblem[];
  /** What is no error, and what the reader should know. */
  readonly warnings: readonly PackageProblem[];
  /** Android: range of API levels that was judged, and which of the signers reports on which. */
  readonly minSdk: number | null;
  readonly targetSdk: number | null;
}

export interface PackageSigner {
  readonly certSha256: string;
  /** API levels on which a device reports this certificate; absent where on all that were judged. */
  readonly minSdk?: number;
  readonly maxSdk?: number;
}

export interface LineageEntry {
  readonly certSha256: string;
  /** What the owner of a later key grants this one: `installedData`, `sharedUid`, `permission`, `rollback`, `auth`. */
  readonly capabilities: readonly string[];
}
