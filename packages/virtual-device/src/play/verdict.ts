/** What Play found out about one device, app and account. */
export interface PlayFindings {
  /** As the request named it. Default: `packageName`. */
  readonly requestPackageName?: string;
  /** Of the installed app. */
  readonly packageName: string;
  /** Hex SHA-256 of the certificate that signed the installed app. */
  readonly signingDigest: string;
  readonly versionCode: number;
  /** Default: a genuine device of Android 16 with every label. */
  readonly deviceLabels?: readonly string[];
  readonly sdkVersion?: number;
  /** Default: PLAY_RECOGNIZED. UNEVALUATED leaves out what Google leaves out then. */
  readonly appVerdict?: "PLAY_RECOGNIZED" | "UNRECOGNIZED_VERSION" | "UNEVALUATED";
  /** Default: LICENSED. */
  readonly licensing?: "LICENSED" | "UNLICENSED" | "UNEVALUATED";
  /** Set by hand for a tester in the Play Console. */
  readonly testing?: boolean;
  readonly nowMs: number;
}

/** Exactly one: `nonce` makes a classic request, `requestHash` a standard one. */
export type PlayBinding = { readonly nonce: string } | { readonly requestHash: string };

/** A verdict as Google writes it: 64-bit numbers as text, digests in base64url without padding. */
export type PlayVerdict = Readonly<Record<string, unknown>>;

/** The verdict of a request that was bound so. */
export function toPlayVerdict(findings: PlayFindings, binding: PlayBinding): PlayVerdict {
  const { packageName, versionCode, signingDigest, appVerdict = "PLAY_RECOGNIZED" } = findings;
  const labels = findings.deviceLabels ?? ["MEETS_BASIC_INTEGRITY", "MEETS_DEVICE_INTEGRITY", "MEETS_STRONG_INTEGRITY"];
  const digest = Buffer.from(signingDigest, "hex").toString("base64url");
  const app = { packageName, certificateSha256Digest: [digest], versionCode: `${versionCode}` };
  const isUnevaluated = appVerdict === "UNEVALUATED";
  return {
    requestDetails: {
      requestPackageName: findings.requestPackageName ?? packageName,
      timestampMillis: `${findings.nowMs}`,
      ...binding,
    },
    appIntegrity: { appRecognitionVerdict: appVerdict, ...(isUnevaluated ? {} : app) },
    deviceIntegrity: {
      ...(labels.length === 0 ? {} : { deviceRecognitionVerdict: labels }),
      ...(labels.length === 0 ? {} : { deviceAttributes: { sdkVersion: findings.sdkVersion ?? 36 } }),
      recentDeviceActivity: { deviceActivityLevel: isUnevaluated ? "UNEVALUATED" : "LEVEL_1" },
    },
    accountDetails: { appLicensingVerdict: isUnevaluated ? "UNEVALUATED" : (findings.licensing ?? "LICENSED") },
    environmentDetails: { appAccessRiskVerdict: { appsDetected: [] }, playProtectVerdict: "NO_ISSUES" },
    ...(findings.testing ? { testingDetails: { isTestingResponse: true } } : {}),
  };
}
