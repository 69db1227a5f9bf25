import type { Reason } from "./reasons.ts";

/** Which conceptual message or concept of RFC 9334 a reason is about: Evidence (8.1), Endorsements (8.2), Reference Values (8.3), appraisal policy (8.5), freshness (10). */
export type RatsConcept = "evidence" | "endorsement" | "reference-value" | "appraisal-policy" | "freshness";

/** Controls of OWASP MASVS 2 that some reason belongs to. */
export type MasvsControl =
  | "MASVS-CRYPTO-2"
  | "MASVS-NETWORK-2"
  | "MASVS-CODE-1"
  | "MASVS-CODE-2"
  | "MASVS-RESILIENCE-1"
  | "MASVS-RESILIENCE-2"
  | "MASVS-RESILIENCE-4";

/** Weaknesses of OWASP MASWE 1.0 (which numbers them otherwise than its beta did): what an app has where nobody gives the reason. */
export const maswe = {
  "MASWE-0003": "Cryptographic Keys Stored Outside of Platform Keystore",
  "MASWE-0013": "Improper Cryptographic Key Generation",
  "MASWE-0028": "Insecure Identity Pinning",
  "MASWE-0041": "Running on a Recent Platform Version Not Ensured",
  "MASWE-0043": "Enforced Updating Not Implemented",
  "MASWE-0051": "Root/Jailbreak Detection Not Implemented",
  "MASWE-0053": "Emulated or Virtual Device Detection Not Implemented",
  "MASWE-0054": "Device Attestation Not Implemented",
  "MASWE-0055": "Malware Detection Not Implemented",
  "MASWE-0056": "App Attestation Not Implemented",
  "MASWE-0064": "Debugger Detection Not Implemented",
  "MASWE-0065": "Dynamic Analysis Tools Detection Not Implemented",
} as const;

/** An identifier of the table. */
export type Maswe = keyof typeof maswe;

/** Values that every trustworthiness claim may have: -1 the verifier failed, 0 no conclusion, 1 unexpected evidence, 99 cryptography failed. */
type GeneralValue = -1 | 0 | 1 | 99;

/**
 * A trustworthiness claim with its value (draft-ietf-rats-ar4si §2.3, as an EAR carries it): 2 to 31 affirm, 32 to 95 warn, 96 to 127
 * contraindicate. The values are those that the draft names for that claim.
 */
export type TrustClaim =
  | { readonly claim: "instance-identity"; readonly value: GeneralValue | 2 | 96 | 97 }
  | { readonly claim: "configuration"; readonly value: GeneralValue | 2 | 3 | 32 | 96 }
  | { readonly claim: "executables"; readonly value: GeneralValue | 2 | 3 | 32 | 33 | 96 }
  | { readonly claim: "file-system"; readonly value: GeneralValue | 2 | 32 | 96 }
  | { readonly claim: "hardware"; readonly value: GeneralValue | 2 | 32 | 96 | 97 }
  | { readonly claim: "runtime-opaque"; readonly value: GeneralValue | 2 | 32 | 96 }
  | { readonly claim: "storage-opaque"; readonly value: GeneralValue | 2 | 32 | 96 }
  | { readonly claim: "sourced-data"; readonly value: GeneralValue | 2 | 32 | 96 };

/** Where a reason stands in the vocabularies of others; null: none of theirs fits. */
export interface ReasonMapping {
  readonly rats: RatsConcept | null;
  readonly masvs: MasvsControl | null;
  readonly maswe: Maswe | null;
  readonly ear: TrustClaim | null;
}

const deviceAttestation = { masvs: "MASVS-RESILIENCE-1", maswe: "MASWE-0054" } as const;
const appAttestation = { masvs: "MASVS-RESILIENCE-2", maswe: "MASWE-0056" } as const;
const malware = { masvs: "MASVS-RESILIENCE-2", maswe: "MASWE-0055" } as const;
const recentPlatform = { masvs: "MASVS-CODE-1", maswe: "MASWE-0041" } as const;
const nobodysControl = { masvs: null, maswe: null } as const;

const noConclusion = { claim: "instance-identity", value: 0 } as const;
const unexpected = { claim: "instance-identity", value: 1 } as const;
const cryptographyFailed = { claim: "instance-identity", value: 99 } as const;
const distrusted = { claim: "instance-identity", value: 96 } as const;
const unrecognized = { claim: "instance-identity", value: 97 } as const;
const verifierFailed = { claim: "instance-identity", value: -1 } as const;
const unknownHardware = { claim: "hardware", value: 97 } as const;
const unknownApp = { claim: "executables", value: 33 } as const;
const doubtfulApp = { claim: "executables", value: 32 } as const;
const noWordOfApp = { claim: "executables", value: 0 } as const;
const unsafeConfiguration = { claim: "configuration", value: 96 } as const;

const absent: ReasonMapping = { rats: "evidence", ...deviceAttestation, ear: noConclusion };
const unreadable: ReasonMapping = { rats: "evidence", ...deviceAttestation, ear: unexpected };
const forged: ReasonMapping = { rats: "evidence", ...deviceAttestation, ear: cryptographyFailed };
const unendorsed: ReasonMapping = { rats: "endorsement", ...deviceAttestation, ear: cryptographyFailed };
const replayed: ReasonMapping = { rats: "freshness", ...deviceAttestation, ear: cryptographyFailed };
const stale: ReasonMapping = { rats: "freshness", ...deviceAttestation, ear: noConclusion };
const undecided: ReasonMapping = { rats: "endorsement", ...deviceAttestation, ear: verifierFailed };
const notJudged: ReasonMapping = { rats: "evidence", ...deviceAttestation, ear: verifierFailed };
const notHardware: ReasonMapping = { rats: "evidence", ...deviceAttestation, ear: unknownHardware };
const farmed: ReasonMapping = { rats: "appraisal-policy", ...deviceAttestation, ear: distrusted };
const otherApp: ReasonMapping = { rats: "reference-value", ...appAttestation, ear: unknownApp };
const unnamedApp: ReasonMapping = { rats: "evidence", ...appAttestation, ear: noWordOfApp };
const otherChannel: ReasonMapping = { rats: "appraisal-policy", ...appAttestation, ear: doubtfulApp };
const outdatedSystem: ReasonMapping = { rats: "appraisal-policy", ...recentPlatform, ear: doubtfulApp };
const outdatedApp: ReasonMapping = {
  rats: "reference-value",
  masvs: "MASVS-CODE-2",
  maswe: "MASWE-0043",
  ear: unknownApp,
};
const testOnly: ReasonMapping = { rats: "appraisal-policy", ...deviceAttestation, ear: unsafeConfiguration };
const shutOut: ReasonMapping = { rats: "appraisal-policy", ...nobodysControl, ear: distrusted };
const unregistered: ReasonMapping = { rats: "reference-value", ...nobodysControl, ear: unrecognized };

/** Every reason of the closed list in the terms of RFC 9334, OWASP MASVS and MASWE, and AR4SI (docs/errors/mappings.md). */
export const reasonMappings: Readonly<Record<Reason, ReasonMapping>> = {
  evidence_missing: absent,
  evidence_malformed: unreadable,
  chain_length: unreadable,
  chain_untrusted: unendorsed,
  chain_shape: unendorsed,
  chain_extended: unendorsed,
  certificate_expired: unendorsed,
  certificate_not_yet_valid: unendorsed,
  certificate_revoked: { rats: "endorsement", ...deviceAttestation, ear: distrusted },
  revocation_unknown: undecided,
  challenge_mismatch: replayed,
  nonce_mismatch: replayed,
  key_id_mismatch: forged,
  credential_id_mismatch: forged,
  public_key_mismatch: forged,
  app_id_mismatch: otherApp,
  environment_mismatch: testOnly,
  receipt_malformed: unreadable,
  receipt_signer_unauthorized: unendorsed,
  receipt_signature_invalid: forged,
  receipt_type_unexpected: unreadable,
  receipt_not_fresh: stale,
  receipt_expired: stale,
  distribution_not_allowed: otherChannel,
  risk_metric_too_high: farmed,
  counter_not_zero: forged,
  counter_stale: replayed,
  assertion_invalid: forged,
  flags_unexpected: unreadable,
  key_description_missing: unreadable,
  key_description_malformed: unreadable,
  attestation_version_unsupported: unreadable,
  security_level_software: notHardware,
  security_level_mismatch: notHardware,
  strongbox_unproven: notHardware,
  // A key in the trusted environment is hardware-backed too, so no claim is worse for it.
  strongbox_missing: { rats: "appraisal-policy", masvs: "MASVS-CRYPTO-2", maswe: null, ear: null },
  patch_level_too_old: outdatedSystem,
  certificates_issued_too_many: farmed,
  root_of_trust_missing: notHardware,
  bootloader_unlocked: { rats: "reference-value", ...deviceAttestation, ear: unsafeConfiguration },
  boot_state_unverified: { rats: "reference-value", ...deviceAttestation, ear: { claim: "executables", value: 96 } },
  boot_key_unknown: { rats: "reference-value", ...deviceAttestation, ear: unknownApp },
  key_origin: {
    rats: "evidence",
    masvs: "MASVS-CRYPTO-2",
    maswe: "MASWE-0003",
    ear: { claim: "storage-opaque", value: 96 },
  },
  key_parameters: { rats: "appraisal-policy", masvs: "MASVS-CRYPTO-2", maswe: "MASWE-0013", ear: null },
  package_mismatch: otherApp,
  signing_digest_mismatch: otherApp,
  application_id_missing: unnamedApp,
  play_missing: absent,
  play_unconfigured: notJudged,
  play_quota_exhausted: notJudged,
  play_unavailable: notJudged,
  play_token_malformed: unreadable,
  play_token_undecryptable: forged,
  play_signature_invalid: forged,
  play_token_reused: replayed,
  play_payload_malformed: unreadable,
  play_request_package_mismatch: otherApp,
  play_nonce_mismatch: replayed,
  play_timestamp_future: stale,
  play_token_too_old: stale,
  play_app_unevaluated: unnamedApp,
  play_app_unrecognized: otherApp,
  play_package_mismatch: otherApp,
  play_version_missing: unnamedApp,
  play_signing_digest_mismatch: otherApp,
  play_device_unrecognized: { rats: "appraisal-policy", ...deviceAttestation, ear: unknownHardware },
  play_sdk_too_low: outdatedSystem,
  play_unlicensed: otherChannel,
  play_device_activity: farmed,
  play_device_recalled: farmed,
  play_app_access_risk: { rats: "appraisal-policy", ...malware, ear: { claim: "runtime-opaque", value: 96 } },
  play_protect_risk: { rats: "appraisal-policy", ...malware, ear: { claim: "file-system", value: 32 } },
  play_testing_response: testOnly,
  version_unregistered: outdatedApp,
  version_withdrawn: outdatedApp,
  version_expired: outdatedApp,
  evidence_too_old: stale,
  facts_missing: absent,
  version_changed: { rats: "freshness", ...appAttestation, ear: noWordOfApp },
  detector_missing: {
    rats: "appraisal-policy",
    masvs: "MASVS-RESILIENCE-4",
    maswe: "MASWE-0065",
    ear: noWordOfApp,
  },
  instance_key_vouched_by_app: {
    rats: "evidence",
    masvs: "MASVS-CRYPTO-2",
    maswe: null,
    ear: { claim: "storage-opaque", value: 0 },
  },
  signal_hook: {
    rats: "evidence",
    masvs: "MASVS-RESILIENCE-4",
    maswe: "MASWE-0065",
    ear: { claim: "executables", value: 96 },
  },
  signal_debugger: {
    rats: "evidence",
    masvs: "MASVS-RESILIENCE-4",
    maswe: "MASWE-0064",
    ear: { claim: "runtime-opaque", value: 96 },
  },
  signal_root: {
    rats: "evidence",
    masvs: "MASVS-RESILIENCE-1",
    maswe: "MASWE-0051",
    ear: unsafeConfiguration,
  },
  signal_emulator: {
    rats: "evidence",
    masvs: "MASVS-RESILIENCE-1",
    maswe: "MASWE-0053",
    ear: unknownHardware,
  },
  signal_repackaged: { rats: "evidence", ...appAttestation, ear: unknownApp },
  signal_mitm: {
    rats: "evidence",
    masvs: "MASVS-NETWORK-2",
    maswe: "MASWE-0028",
    ear: { claim: "sourced-data", value: 32 },
  },
  signal_service_channel: {
    rats: "evidence",
    masvs: "MASVS-NETWORK-2",
    maswe: "MASWE-0028",
    ear: { claim: "sourced-data", value: 96 },
  },
  signal_cloner: { rats: "evidence", ...appAttestation, ear: doubtfulApp },
  signal_automation: {
    rats: "evidence",
    masvs: "MASVS-RESILIENCE-4",
    maswe: "MASWE-0065",
    ear: { claim: "runtime-opaque", value: 32 },
  },
  signal_accessibility: { rats: "evidence", ...malware, ear: { claim: "runtime-opaque", value: 32 } },
  signal_screen_capture: { rats: "evidence", ...malware, ear: { claim: "runtime-opaque", value: 32 } },
  signal_user_ca: {
    rats: "evidence",
    masvs: "MASVS-NETWORK-2",
    maswe: "MASWE-0028",
    ear: { claim: "configuration", value: 32 },
  },
  signal_proxy: {
    rats: "evidence",
    masvs: "MASVS-NETWORK-2",
    maswe: "MASWE-0028",
    ear: { claim: "configuration", value: 32 },
  },
  signal_developer_mode: {
    rats: "evidence",
    masvs: "MASVS-RESILIENCE-1",
    maswe: "MASWE-0051",
    ear: { claim: "configuration", value: 32 },
  },
  signal_unknown: { rats: "evidence", ...nobodysControl, ear: null },
  quarantined: shutOut,
  banned: shutOut,
  decoy_credential: shutOut,
  development_key_unknown: { rats: "reference-value", ...deviceAttestation, ear: unrecognized },
  development_key_invalid: forged,
  development_key_revoked: { rats: "endorsement", ...deviceAttestation, ear: distrusted },
  development_key_expired: stale,
  development_key_exhausted: { rats: "appraisal-policy", ...deviceAttestation, ear: distrusted },
  development_key_not_allowed: testOnly,
  // MASVS and MASWE are about mobile apps.
  web_untrusted: { rats: "evidence", ...nobodysControl, ear: noConclusion },
  origin_unregistered: unregistered,
  platform_unregistered: unregistered,
  app_unknown: unregistered,
};
