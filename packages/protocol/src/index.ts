/**
 * The Countersign wire protocol, version 1 (docs/protocol.md): types, strict parsers, tables. No dependency, no I/O, no global beyond
 * ECMAScript itself; SHA-256 is handed in.
 */
export {
  type AnswerBody,
  type AnswerCommon,
  type EnrolAnswer,
  type EnrolReason,
  parseAnswerBody,
  parseSignedAnswer,
  type ReceivedAnswer,
  type RefusedAnswer,
  responseInput,
  type SessionAnswer,
  type SignedAnswer,
} from "./answer.ts";
export { isArc, toArc } from "./arc.ts";
export { encodeBase32 } from "./base32.ts";
export { decodeBase64, encodeBase64 } from "./base64.ts";
export { decodeBase64url, encodeBase64url } from "./base64url.ts";
export * from "./bytes.ts";
export * from "./challenge.ts";
export type { Check, CheckResult } from "./check.ts";
export * from "./client-attestation.ts";
export * from "./configuration-string.ts";
export { containsValue, valueForms } from "./contains-value.ts";
export { type Credential, type Pass, parseCredential, parsePass } from "./credential.ts";
export { type CustomClaims, parseCustomClaims } from "./custom-claims.ts";
export { decoyValueInput } from "./decoy-value.ts";
export {
  developmentKeyId,
  developmentKeyInput,
  formatDevelopmentKey,
  parseDevelopmentKey,
} from "./development-key.ts";
export * from "./dpop.ts";
export type { DevelopmentEvidence, Evidence } from "./evidence.ts";
export {
  type AndroidFacts,
  type AttestedFacts,
  attestedFacts,
  type DevelopmentFacts,
  type Facts,
  type IosFacts,
  type PlayFacts,
  type PlayLabel,
  playLabels,
  type WebFacts,
} from "./facts.ts";
export { isBrokerOrigin, isHost, isHostName, isIpv4, isIpv6Literal, parseAuthority } from "./host.ts";
export * from "./http-signature.ts";
export { instanceId, kidOf } from "./instance-id.ts";
export {
  compareKeyListOrder,
  type KeyList,
  type KeyListEnvelope,
  type KeyListOrder,
  keyListInput,
  type OnlineKeyUse,
  parseKeyList,
  parseKeyListEnvelope,
  type ReceivedKeyList,
  rootOf,
} from "./key-list.ts";
export * as limits from "./limits.ts";
export {
  compareManifestOrder,
  judgeManifest,
  type ManifestOrder,
  manifestInput,
  mayProceed,
  parseManifest,
  parseManifestEnvelope,
  parsePlace,
} from "./manifest.ts";
export type * from "./manifest-types.ts";
export { isId, isSecretName } from "./names.ts";
export { invalid, type Parsed, parsed } from "./parsed.ts";
export { percentDecode, percentEncode } from "./percent.ts";
export { placeholderOf } from "./placeholder.ts";
export { isPoint, isSignatureInRange, p256, toInteger } from "./point.ts";
export { mostPresented, type PresentedRequest, presentedValues } from "./presented-values.ts";
export * from "./problems.ts";
export { demandedProof, hasDemandedProof, type Proof } from "./proof.ts";
export {
  type MasvsControl,
  type Maswe,
  maswe,
  type RatsConcept,
  type ReasonMapping,
  reasonMappings,
  type TrustClaim,
} from "./reason-mappings.ts";
export { isReason, type Reason, type ReasonText, reasons } from "./reasons.ts";
export type { HeaderList } from "./request-draft.ts";
export * from "./requests.ts";
export * from "./sealed-session.ts";
export * from "./socket-protocols.ts";
export * from "./statement.ts";
export { parseStrictJson } from "./strict-json.ts";
export { type Origin, parseStrictUrl, type StrictUrl, type StrictUrlResult } from "./strict-url.ts";
export * from "./substitution.ts";
export { tag } from "./tag.ts";
export { fromUtf8, isWellFormed, toUtf8 } from "./utf8.ts";
export * from "./verify-reasons.ts";
