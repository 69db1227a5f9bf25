import { type Mutation, mutationsOf } from "../mutation.ts";

const apple = "packages/attestation/src/apple";
const android = "packages/attestation/src/android";

const appAttest = mutationsOf(
  { table: "reason", file: `${apple}/attestation.ts`, tests: [`${apple}/attestation.test.ts`] },
  [
    ["evidence_malformed/app-attest", "rule structure", `judge("structure", readable,`, `judge("structure", true,`],
    [
      "chain_length/app-attest",
      "rule chain_length",
      `judge("chain_length", count === 2,`,
      `judge("chain_length", true,`,
    ],
    ["chain_untrusted/app-attest", "rule chain_trust", `"chain_trust",\n    trusted,`, `"chain_trust",\n    true,`],
    [
      "chain_untrusted/app-attest-ca",
      "that the intermediate is a CA",
      "anchor !== null && isCertificateAuthority(intermediate)",
      "anchor !== null",
    ],
    [
      "certificate_not_yet_valid/app-attest",
      "rule not_before",
      `"not_before",\n    nowMs >= from,`,
      `"not_before",\n    true,`,
    ],
    [
      "certificate_expired/app-attest",
      "rule not_after",
      `"not_after",\n    nowMs <= until,`,
      `"not_after",\n    true,`,
    ],
    ["nonce_mismatch", "rule nonce", `"nonce",\n      covered,`, `"nonce",\n      true,`],
    [
      "key_id_mismatch/app-attest",
      "rule key_id",
      `"key_id",\n      keyHash !== null && bytesEqual(keyHash, keyId),`,
      `"key_id",\n      true,`,
    ],
    [
      "app_id_mismatch/app-attest",
      "rule app_id",
      `"app_id",\n      appId !== null && given.appIds.includes(appId),`,
      `"app_id",\n      true,`,
    ],
    ["counter_not_zero", "rule counter", `judge("counter", data.counter === 0,`, `judge("counter", true,`],
    [
      "environment_mismatch/app-attest",
      "rule environment",
      `"environment",\n      known,`,
      `"environment",\n      true,`,
    ],
    [
      "credential_id_mismatch",
      "rule credential_id",
      `"credential_id",\n    identified,`,
      `"credential_id",\n    true,`,
    ],
    ["public_key_mismatch/app-attest", "rule public_key", `"public_key",\n    same,`, `"public_key",\n    true,`],
    [
      "flags_unexpected/app-attest",
      "rule flags",
      `judge("flags", documentedFlags.includes(data.flags),`,
      `judge("flags", true,`,
    ],
  ],
);

const assertion = mutationsOf(
  { table: "reason", file: `${apple}/assertion.ts`, tests: [`${apple}/assertion.test.ts`] },
  [
    ["evidence_malformed/assertion", "rule structure", `judge("structure", data !== null,`, `judge("structure", true,`],
    ["assertion_invalid", "rule signature", `"signature",\n        valid,`, `"signature",\n        true,`],
    [
      "key_id_mismatch/assertion",
      "rule key_id",
      `judge("key_id", bytesEqual(sha256(publicKey), keyId),`,
      `judge("key_id", true,`,
      { tests: [`${apple}/assertion.test.ts`, "packages/attestation/src/doctor/explain.test.ts"] },
    ],
    ["app_id_mismatch/assertion", "rule app_id", `judge("app_id", appId !== null,`, `judge("app_id", true,`],
    [
      "counter_stale/assertion",
      "rule counter",
      `"counter",\n        data.counter > given.counter,`,
      `"counter",\n        true,`,
    ],
    [
      "flags_unexpected/assertion",
      "rule flags",
      `judge("flags", documentedFlags.includes(data.flags),`,
      `judge("flags", true,`,
    ],
  ],
);

const keyAttestation = mutationsOf(
  { table: "reason", file: `${android}/attestation.ts`, tests: [`${android}/attestation.test.ts`] },
  [
    ["evidence_malformed/android", "rule structure", `judge("structure", unreadable < 0,`, `judge("structure", true,`],
    ["chain_length/android", "rule chain_length", `judge("chain_length", fits,`, `judge("chain_length", true,`],
    [
      "chain_extended",
      "rule attested_key_position",
      `judge("attested_key_position", index === 0,`,
      `judge("attested_key_position", true,`,
    ],
    [
      "chain_extended/nearest-the-root",
      "that the description nearest to the root is the one that counts",
      "chain.findLastIndex(",
      "chain.findIndex(",
    ],
    [
      "key_description_missing",
      "rule key_description_present",
      `judge("key_description_present", false,`,
      `judge("key_description_present", true,`,
    ],
    [
      "key_description_malformed",
      "rule key_description",
      `judge("key_description", description !== null,`,
      `judge("key_description", true,`,
    ],
    [
      "attestation_version_unsupported",
      "rule attestation_version",
      `"attestation_version",\n    attestationVersions.includes(version),`,
      `"attestation_version",\n    true,`,
    ],
    [
      "security_level_software/android",
      "rule security_level",
      `judge("security_level", counts,`,
      `judge("security_level", true,`,
    ],
    [
      "security_level_mismatch",
      "rule security_levels_agree",
      `judge("security_levels_agree", attestation === key,`,
      `judge("security_levels_agree", true,`,
    ],
    ["strongbox_unproven", "rule strongbox", `judge("strongbox", proven,`, `judge("strongbox", true,`],
    [
      "challenge_mismatch",
      "rule challenge",
      `judge("challenge", bytesEqual(challenge, attestationChallenge),`,
      `judge("challenge", true,`,
    ],
    ["key_origin", "rule key_origin", `judge("key_origin", origin === "GENERATED",`, `judge("key_origin", true,`],
    [
      "chain_untrusted/android",
      "rule chain_trust",
      `"chain_trust",\n    anchor !== null,`,
      `"chain_trust",\n    true,`,
      { file: `${android}/check-chain.ts` },
    ],
    [
      "chain_untrusted/published-keys",
      "that keys published in AOSP's sources are no anchors",
      "anchors.filter((candidate) => !isPublishedKey(candidate))",
      "anchors",
      { file: `${android}/check-chain.ts`, tests: [`${android}/genuine.test.ts`], vectors: true },
    ],
    [
      "chain_shape",
      "rule chain_shape",
      `judge("chain_shape", provisioning !== null,`,
      `judge("chain_shape", true,`,
      { file: `${android}/check-chain.ts` },
    ],
    [
      "certificate_not_yet_valid/android",
      "rule not_before",
      `"not_before",\n    nowMs >= from,`,
      `"not_before",\n    true,`,
      { file: `${android}/check-chain.ts` },
    ],
    [
      "certificate_expired/android",
      "rule not_after",
      `"not_after",\n      nowMs <= until,`,
      `"not_after",\n      true,`,
      { file: `${android}/check-chain.ts` },
    ],
    [
      "certificate_revoked/android",
      "rule revocation",
      `judge("revocation", named === undefined,`,
      `judge("revocation", true,`,
      { file: `${android}/check-chain.ts` },
    ],
    [
      "revocation_unknown",
      "rule revocation_known",
      `judge("revocation_known", false, "an answer`,
      `judge("revocation_known", true, "an answer`,
      { file: `${android}/check-chain.ts` },
    ],
    [
      "revocation_unknown/grace",
      "that the status list is within its grace",
      `if (standing === "lost") findings.judge("revocation_known", false,`,
      `if (standing === "lost") findings.judge("revocation_known", true,`,
      { file: `${android}/check-chain.ts` },
    ],
    [
      "root_of_trust_missing",
      "rule root_of_trust",
      `"root_of_trust",\n    root !== undefined,`,
      `"root_of_trust",\n    true,`,
      { file: `${android}/check-boot.ts` },
    ],
    [
      "bootloader_unlocked/android",
      "rule bootloader",
      `judge("bootloader", root.deviceLocked,`,
      `judge("bootloader", true,`,
      { file: `${android}/check-boot.ts` },
    ],
    [
      "boot_state_unverified/android",
      "rule boot_state",
      `judge("boot_state", acceptable,`,
      `judge("boot_state", true,`,
      { file: `${android}/check-boot.ts` },
    ],
    [
      "boot_key_unknown/android",
      "rule boot_key",
      `"boot_key",\n      allowed,`,
      `"boot_key",\n      true,`,
      { file: `${android}/check-boot.ts` },
    ],
    [
      "key_parameters",
      "rule key_parameters",
      `judge("key_parameters", found === enrolmentKey,`,
      `judge("key_parameters", true,`,
      { file: `${android}/check-key.ts` },
    ],
    [
      "application_id_missing",
      "rule application_id",
      `judge("application_id", application !== undefined,`,
      `judge("application_id", true,`,
      { file: `${android}/check-application.ts` },
    ],
    [
      "package_mismatch/android",
      "rule package",
      `"package",\n      registered,`,
      `"package",\n      true,`,
      { file: `${android}/check-application.ts` },
    ],
    [
      "signing_digest_mismatch/android",
      "rule signing_digest",
      `"signing_digest",\n      registered,`,
      `"signing_digest",\n      true,`,
      { file: `${android}/check-application.ts` },
    ],
  ],
);

const knownLinks = mutationsOf(
  {
    table: "reason",
    file: "packages/attestation/src/x509/known-links.ts",
    tests: ["packages/attestation/src/x509/known-links.test.ts"],
  },
  [
    [
      "chain_untrusted/known-issuer",
      "the issuer's key from the name of a remembered link",
      "Buffer.concat([length, issuerSpki, der])",
      "Buffer.concat([length, der])",
    ],
    [
      "chain_untrusted/known-certificate",
      "the certificate's own bytes from the name of a remembered link",
      "Buffer.concat([length, issuerSpki, der])",
      "Buffer.concat([length, issuerSpki])",
    ],
    [
      "chain_untrusted/known-refusal",
      "that only what verified is remembered",
      "if (!this.verifies(certificate, issuerSpki)) return false;\n    this.#links.set(name, true);\n    return true;",
      "this.#links.set(name, true);\n    return this.verifies(certificate, issuerSpki);",
    ],
  ],
);

/** Every rule of the three verifiers of evidence, judged as met whatever was found; and what a remembered link stands under. */
export const attestationMutations: readonly Mutation[] = [...appAttest, ...assertion, ...keyAttestation, ...knownLinks];
