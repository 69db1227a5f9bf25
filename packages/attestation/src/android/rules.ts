import type { Findings, Rule } from "../findings.ts";

/** The rules of Android key attestation in their documented order (docs/evidence.md). */
export const androidRules = [
  { name: "structure", reason: "evidence_malformed" },
  { name: "chain_length", reason: "chain_length" },
  { name: "attested_key_position", reason: "chain_extended" },
  { name: "key_description_present", reason: "key_description_missing" },
  { name: "key_description", reason: "key_description_malformed" },
  { name: "attestation_version", reason: "attestation_version_unsupported" },
  { name: "security_level", reason: "security_level_software" },
  { name: "chain_trust", reason: "chain_untrusted" },
  { name: "chain_shape", reason: "chain_shape" },
  { name: "not_before", reason: "certificate_not_yet_valid" },
  { name: "not_after", reason: "certificate_expired" },
  { name: "revocation", reason: "certificate_revoked" },
  { name: "revocation_known", reason: "revocation_unknown" },
  { name: "security_levels_agree", reason: "security_level_mismatch" },
  { name: "strongbox", reason: "strongbox_unproven" },
  { name: "challenge", reason: "challenge_mismatch" },
  { name: "root_of_trust", reason: "root_of_trust_missing" },
  { name: "bootloader", reason: "bootloader_unlocked" },
  { name: "boot_state", reason: "boot_state_unverified" },
  { name: "boot_key", reason: "boot_key_unknown" },
  { name: "key_origin", reason: "key_origin" },
  { name: "key_parameters", reason: "key_parameters" },
  { name: "application_id", reason: "application_id_missing" },
  { name: "package", reason: "package_mismatch" },
  { name: "signing_digest", reason: "signing_digest_mismatch" },
] as const satisfies readonly Rule[];

export type AndroidRuleName = (typeof androidRules)[number]["name"];
export type AndroidFindings = Findings<AndroidRuleName>;
