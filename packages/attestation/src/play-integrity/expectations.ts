import type { DeviceRecall } from "./payload.ts";

/** Labels of a device verdict. Google may return several: STRONG comes with DEVICE and BASIC where these are asked for. */
export type PlayDeviceLabel =
  | "MEETS_BASIC_INTEGRITY"
  | "MEETS_DEVICE_INTEGRITY"
  | "MEETS_STRONG_INTEGRITY"
  | "MEETS_VIRTUAL_INTEGRITY";

/** What a verdict says. Facts of refused verdicts are for diagnosis only. */
export interface PlayIntegrityFacts {
  /** Which of Google's two kinds of request it answers; null where it names both bindings or none. */
  readonly request: "classic" | "standard" | null;
  readonly requestedAtMs: number;
  readonly appVerdict: string | null;
  readonly packageName: string | null;
  readonly versionCode: number | null;
  /** Lower-case hex SHA-256. */
  readonly signingDigests: readonly string[];
  readonly deviceLabels: readonly string[];
  /** Android API level; null where Play did not say. */
  readonly sdkVersion: number | null;
  /** From API level 33 MEETS_STRONG_INTEGRITY also means that every partition was patched within the year; null where nothing says so. */
  readonly patchedWithinYear: true | null;
  /** LICENSED, UNLICENSED or UNEVALUATED. */
  readonly licensing: string | null;
  /** LEVEL_1 (fewest tokens) to LEVEL_4, or UNEVALUATED. */
  readonly activityLevel: string | null;
  readonly recall: DeviceRecall | null;
  readonly appsDetected: readonly string[] | null;
  readonly playProtect: string | null;
  readonly testing: boolean;
}

/** What else may be demanded. A verdict that does not speak of a demanded thing is refused. */
export interface PlayDemands {
  /** Lowest Android API level. STRONG means more from 33. */
  readonly minimumSdkVersion?: number;
  /** Installed or bought from Play by this account. Default false. */
  readonly licensed?: boolean;
  /** Highest recent device activity. */
  readonly maximumActivityLevel?: 1 | 2 | 3 | 4;
  readonly refusedRecallBits?: readonly (keyof DeviceRecall)[];
  /** Such as KNOWN_CAPTURING, UNKNOWN_CONTROLLING. */
  readonly refusedApps?: readonly string[];
  /** Play Protect must say NO_ISSUES. Default false. */
  readonly playProtect?: boolean;
}

/** What a decoded verdict is held against. */
export interface PlayIntegrityExpectations {
  /** The payload of a classic token, or `tokenPayloadExternal` of Google's answer, as parsed JSON. */
  readonly payload: unknown;
  readonly expected: {
    readonly packageName: string;
    /** Registered SHA-256 signing certificate digests in hex, one of which must be named; empty refuses. */
    readonly signingDigests: readonly string[];
    /** The bytes a classic request was bound to. Null refuses classic verdicts. */
    readonly nonce: Uint8Array | null;
    /** The text a standard request was bound to. Null refuses standard verdicts. */
    readonly requestHash: string | null;
  };
  readonly nowMs: number;
  /** Default 600. */
  readonly maxAgeSeconds?: number;
  /** Labels that must all be there; empty refuses. */
  readonly requiredDeviceLabels: readonly PlayDeviceLabel[];
  readonly demands?: PlayDemands;
  /** Whether answers set by hand for testers count. */
  readonly allowTesting: boolean;
}
