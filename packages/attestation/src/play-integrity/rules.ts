import type { Findings, Rule } from "../findings.ts";

/** The rules of opening a classic token in their documented order (docs/evidence.md). */
export const playTokenRules = [
  { name: "token_structure", reason: "play_token_malformed" },
  { name: "token_encryption", reason: "play_token_undecryptable" },
  { name: "token_content", reason: "play_token_malformed" },
  { name: "token_signature", reason: "play_signature_invalid" },
  { name: "token_payload", reason: "play_payload_malformed" },
] as const satisfies readonly Rule[];

/** The rules of a decoded verdict in their documented order (docs/evidence.md). */
export const playIntegrityRules = [
  { name: "structure", reason: "play_payload_malformed" },
  { name: "request_package", reason: "play_request_package_mismatch" },
  { name: "binding", reason: "play_nonce_mismatch" },
  { name: "not_in_future", reason: "play_timestamp_future" },
  { name: "age", reason: "play_token_too_old" },
  { name: "app_evaluated", reason: "play_app_unevaluated" },
  { name: "app_recognized", reason: "play_app_unrecognized" },
  { name: "app_package", reason: "play_package_mismatch" },
  { name: "app_version", reason: "play_version_missing" },
  { name: "app_signing_digest", reason: "play_signing_digest_mismatch" },
  { name: "device_labels", reason: "play_device_unrecognized" },
  { name: "sdk_version", reason: "play_sdk_too_low" },
  { name: "licence", reason: "play_unlicensed" },
  { name: "device_activity", reason: "play_device_activity" },
  { name: "device_recall", reason: "play_device_recalled" },
  { name: "app_access_risk", reason: "play_app_access_risk" },
  { name: "play_protect", reason: "play_protect_risk" },
  { name: "testing", reason: "play_testing_response" },
] as const satisfies readonly Rule[];

export type PlayIntegrityRuleName = (typeof playIntegrityRules)[number]["name"];
export type PlayIntegrityFindings = Findings<PlayIntegrityRuleName>;
