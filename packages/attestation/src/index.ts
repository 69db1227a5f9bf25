export { fromBase64, fromHex } from "@countersign/asn1";
export { googleHardwareAnchors } from "./android/anchors.ts";
export { peekAndroidKey, verifyAndroidKeyAttestation } from "./android/attestation.ts";
export type { AndroidExpectations } from "./android/expectations.ts";
export type { AndroidFacts } from "./android/facts.ts";
export { toGoogleJson } from "./android/google-json.ts";
export { type KeyDescription, parseKeyDescription } from "./android/key-description.ts";
export { isPublishedKey } from "./android/software-keys.ts";
export { appleAppAttestAnchors, appleReceiptAnchors } from "./apple/anchors.ts";
export { type AssertionExpectations, type AssertionFacts, verifyAppAttestAssertion } from "./apple/assertion.ts";
export { verifyAppAttestAttestation } from "./apple/attestation.ts";
export { peekAppAttestKey } from "./apple/attestation-object.ts";
export type { AppAttestEnvironment } from "./apple/environment.ts";
export type { AppAttestExpectations, AppAttestFacts } from "./apple/expectations.ts";
export {
  type ReceiptExpectations,
  type ReceiptFacts,
  receiptAuthorship,
  receiptRules,
  verifyAppAttestReceipt,
} from "./apple/receipt.ts";
export {
  type ExplainOptions,
  type ExplainResult,
  type Explanation,
  explainEvidence,
  explainPlayToken,
  toExplanationJson,
} from "./doctor/explain.ts";
export { renderExplanation } from "./doctor/render.ts";
export type { Verification } from "./findings.ts";
export { loadRevocationListFile } from "./load-revocation-list-file.ts";
export type {
  PlayDemands,
  PlayDeviceLabel,
  PlayIntegrityExpectations,
  PlayIntegrityFacts,
} from "./play-integrity/expectations.ts";
export { type PlayIntegrityKeys, type PlayIntegrityKeyTexts, parsePlayIntegrityKeys } from "./play-integrity/keys.ts";
export { type OpenedPlayToken, openPlayIntegrityToken } from "./play-integrity/open-token.ts";
export { verifyPlayIntegrity } from "./play-integrity/verdict.ts";
export { printable } from "./printable.ts";
export { type ParsedStatusList, parseStatusList, type RevocationList, type RevocationStatus } from "./revocation.ts";
export { type TrustAnchor, trustAnchorFromDer, trustAnchorFromPem } from "./trust-anchor.ts";
