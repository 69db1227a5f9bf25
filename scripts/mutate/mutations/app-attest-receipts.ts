import { type Mutation, mutationsOf } from "../mutation.ts";

const apple = "packages/attestation/src/apple";
const cms = "packages/attestation/src/cms/signed-data.ts";
const receipts = "apps/server/src/domain/receipts";
const verifier = [`${apple}/receipt.test.ts`];

const rules = mutationsOf({ table: "reason", file: `${apple}/receipt.ts`, tests: verifier }, [
  ["receipt_malformed", "that a receipt has a bound", "if (receipt.length > maximumBytes)", "if (false)"],
  [
    "chain_length/receipt",
    "rule receipt_chain_length",
    "const complete = chain.length === 2 || chain.length === 3;",
    "const complete = true;",
  ],
  [
    "chain_untrusted/receipt",
    "rule receipt_chain_trust",
    "const trusted = anchor !== null && chain.slice(1).every(isCertificateAuthority);",
    "const trusted = true;",
  ],
  ["chain_untrusted/receipt-ca", "that what issues is a CA", " && chain.slice(1).every(isCertificateAuthority)", ""],
  [
    "receipt_malformed/structure",
    "rule receipt_structure",
    `judge("receipt_structure", read.ok,`,
    `judge("receipt_structure", true,`,
  ],
  ["receipt_signer_unauthorized", "rule receipt_signer, that it is one for receipts", "named && authorized,", "named,"],
  ["receipt_signer_unauthorized/named", "that the signer is the named one", "named && authorized,", "authorized,"],
  [
    "certificate_not_yet_valid/receipt",
    "rule receipt_not_before",
    `judge("receipt_not_before", nowMs >= from,`,
    `judge("receipt_not_before", true,`,
  ],
  [
    "certificate_expired/receipt",
    "rule receipt_not_after",
    `judge("receipt_not_after", nowMs <= until,`,
    `judge("receipt_not_after", true,`,
  ],
  [
    "receipt_signature_invalid",
    "rule receipt_signature",
    "const signed = key !== null && isContentSignedBy(signedData, key);",
    "const signed = true;",
  ],
  [
    "app_id_mismatch/receipt",
    "rule receipt_app_id",
    `judge("receipt_app_id", given.appIds.includes(appId),`,
    `judge("receipt_app_id", true,`,
  ],
  [
    "public_key_mismatch/receipt",
    "rule receipt_public_key",
    `judge("receipt_public_key", same,`,
    `judge("receipt_public_key", true,`,
  ],
  [
    "environment_mismatch/receipt",
    "rule receipt_environment",
    `judge("receipt_environment", environment === given.environment,`,
    `judge("receipt_environment", true,`,
  ],
  [
    "challenge_mismatch/receipt",
    "rule receipt_client_data",
    "bytesEqual(clientDataHash, given.clientDataHash)",
    "true",
  ],
  [
    "receipt_type_unexpected",
    "rule receipt_type",
    `judge("receipt_type", type === "ATTEST",`,
    `judge("receipt_type", true,`,
  ],
  ["receipt_not_fresh", "rule receipt_created", `judge("receipt_created", recent,`, `judge("receipt_created", true,`],
  [
    "receipt_not_fresh/future",
    "that a receipt from the future is none",
    "Math.abs(nowMs - createdAtMs) <= freshMs",
    "nowMs - createdAtMs <= freshMs",
  ],
  [
    "receipt_expired",
    "rule receipt_expiration",
    `judge("receipt_expiration", nowMs < expiresAtMs,`,
    `judge("receipt_expiration", true,`,
  ],
]);

const structure = mutationsOf({ table: "reason", file: cms, tests: verifier }, [
  [
    "receipt_signature_invalid/attributes",
    "that signed attributes name the content's digest",
    "if (signedAttributes !== null && !bytesEqual(signedAttributes.contentDigest, sha256(content))) return false;",
    "",
  ],
  [
    "receipt_malformed/algorithm",
    "the one signature algorithm",
    "!bytesEqual(algorithm.raw, ecdsaWithSha256)",
    "false",
  ],
  [
    "receipt_malformed/unsigned",
    "that there are no unsigned attributes",
    "!isSha256(digest) || rest.length !== 2",
    "!isSha256(digest)",
  ],
]);

const reader = mutationsOf(
  { table: "reason", file: "packages/asn1/src/der/ber.ts", tests: ["packages/asn1/src/der/ber.test.ts"] },
  [["receipt_malformed/depth", "the bound on nesting", " || depth === maximumDepth", ""]],
);

const service = mutationsOf(
  { table: "reason", file: `${receipts}/judge-receipt.ts`, tests: [`${receipts}/judge-receipt.test.ts`] },
  [
    [
      "public_key_mismatch/receipt-refuses",
      "that Apple's word against an attestation refuses it",
      "if (contradiction !== undefined) return",
      "if (false) return",
    ],
  ],
);

const renewal = mutationsOf(
  { table: "reason", file: `${receipts}/read-renewed.ts`, tests: [`${receipts}/renew-receipts.test.ts`] },
  [
    ["receipt_type_unexpected/renewed", "that a renewed receipt is one", ` || result.facts.type !== "RECEIPT"`, ""],
    [
      "receipt_not_fresh/renewed",
      "that a renewed receipt was made just now",
      "Math.abs(nowMs - result.facts.createdAtMs) <= freshMs",
      "true",
    ],
  ],
);

const policy = mutationsOf(
  { table: "reason", file: "packages/policy/src/rules/apple.ts", tests: ["packages/policy/src/policy.test.ts"] },
  [
    [
      "distribution_not_allowed",
      "rule apple_category",
      "judged(met, requiredCategories",
      "judged(true, requiredCategories",
    ],
    [
      "version_changed/bundle",
      "rule apple_bundle_version",
      "judged(claims.build === bundleVersion, bundleVersion,",
      "judged(true, bundleVersion,",
    ],
    ["risk_metric_too_high", "rule apple_risk_metric", "judged(riskMetric <= maxRiskMetric,", "judged(true,"],
  ],
);

/** App Attest's receipts, from their bytes to the policy. */
export const appAttestReceiptMutations: readonly Mutation[] = [
  ...rules,
  ...structure,
  ...reader,
  ...service,
  ...renewal,
  ...policy,
];
