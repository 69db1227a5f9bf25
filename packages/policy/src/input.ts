import type { Facts, PlayLabel, Reason } from "@countersign/protocol";

/** Something the agent saw, from the signed statement. */
export interface ObservedSignal {
  readonly name: string;
  readonly count: number;
  readonly ageSeconds: number;
}

/** The registered reference values of one app. Null: the app is not registered for that platform. */
export interface References {
  readonly ios: { readonly appIds: readonly string[] } | null;
  readonly android: { readonly packageName: string; readonly signingDigests: readonly string[] } | null;
  readonly web: { readonly origins: readonly string[] } | null;
}

/** One release of an app. */
export interface ReleaseReference {
  readonly platform: "ios" | "android";
  /** iOS: the bundle version. Android: the versionCode in decimal. */
  readonly version: string;
  readonly status: "active" | "withdrawn";
  /** From then on it is refused. Null: never. */
  readonly expiresAtMs: number | null;
}

export interface ReleaseReferences {
  /** `listed`: a version that is not known is refused. `any`: only withdrawn and expired ones are. */
  readonly mode: "any" | "listed";
  readonly known: readonly ReleaseReference[];
}

export interface PolicySettings {
  readonly kind: "production" | "development";
  /** Names of permissions. Ignored in production; unknown names loosen nothing. */
  readonly permissions: readonly string[];
  readonly evidenceMaxAgeDays: number;
  /** Verified boot keys (lower-case hex) of custom operating systems that are allowed. */
  readonly bootKeys: readonly string[];
  /** Detectors every statement must name. */
  readonly requiredDetectors: readonly string[];
  /** Whether an Android app whose build differs from the attested version must enrol again. Default false: a finding only. */
  readonly reenrolOnUpdate?: boolean;
  /** Validation categories (iOS 27) of which an App Attest statement must name one: 4 is the App Store. Default none: a finding only. */
  readonly requiredCategories?: readonly number[];
  /** The highest App Attest risk metric that is let pass. Default 0: a finding only. */
  readonly maxRiskMetric?: number;
  /** Whether an Android key must be in a StrongBox. Default false: a finding only. */
  readonly requireStrongBox?: boolean;
  /** How many months old an Android system's patch level may be. Default 0: a finding only. */
  readonly maxPatchAgeMonths?: number;
  /** How many attestation certificates Google may have issued to a device within 30 days. Default 0: a finding only. */
  readonly maxCertificatesIssued?: number;
  /** Play Integrity on Android: not looked at, a finding only, or demanded. Default off. */
  readonly play?: "off" | "observe" | "require";
  /** Device labels that must all be there where Play is demanded; empty refuses. Default `device`. */
  readonly playLabels?: readonly PlayLabel[];
}

/** What became of the evidence. `not_verified`: something cheaper already stood against the instance. */
export type EvidenceState =
  | { readonly state: "verified" | "missing" | "not_verified" }
  | { readonly state: "refused"; readonly reason: Reason };

/** What became of an enrolment's Play Integrity token. */
export type PlayState =
  | { readonly state: "verified" | "missing" }
  | { readonly state: "refused"; readonly reason: Reason };

/** How the development key stands that an instance brings or enrolled with. */
export interface DevelopmentKeyState {
  /** `invalid`: what was made with it does not prove it. `exhausted`: at an enrolment, its quota is used up. */
  readonly state: "good" | "unknown" | "invalid" | "revoked" | "expired" | "exhausted";
  /** The operator's name for it; null where it is not known. */
  readonly name: string | null;
}

/** Everything an appraisal looks at. Nothing else is read: no clock, no store. */
export interface AppraisalInput {
  /** Whether the evidence was made for this statement. Default `enrol`: it was, and nothing is put off to a new enrolment. */
  readonly use?: "enrol" | "session";
  readonly platform: "ios" | "android" | "web";
  readonly evidence: EvidenceState;
  /** Absent or null at sessions, and where Play is off. */
  readonly play?: PlayState | null;
  /** Absent or null where there is no development key to this instance. Facts that rest on one need it. */
  readonly developmentKey?: DevelopmentKeyState | null;
  /** What verified evidence said; null where there is none. */
  readonly facts: Facts | null;
  /** Which shape of facts these are; see `FACTS_VERSION`. */
  readonly factsVersion: number;
  readonly claims: { readonly id: string; readonly version: string; readonly build: string };
  readonly signals: readonly ObservedSignal[];
  /** Every detector that ran, with its revision. */
  readonly detectors: Readonly<Record<string, number>>;
  /** Null: the project has no such app. */
  readonly references: References | null;
  /** The app's releases. Absent or null: any version counts. */
  readonly releases?: ReleaseReferences | null;
  readonly settings: PolicySettings;
  readonly bans: { readonly banned: boolean; readonly quarantined: boolean };
  readonly nowMs: number;
  readonly evidenceAtMs: number;
  /** About how many keys the iPhone attested for this app in 30 days, by Apple's server. Absent or null: not known, or one. */
  readonly riskMetric?: number | null;
}

/** The shape of facts this release makes and judges. Facts of a lower version lack something a rule asks for. */
export const FACTS_VERSION = 1;
