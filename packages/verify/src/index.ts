/** Checks the tokens that Countersign gives to genuine instances of an app, their binding and their proof (docs/verify.md). */
export { createVerifier } from "./create-verifier.ts";
export type { KeySource } from "./keys/key-source.ts";
export { type LocalJwksOptions, localJwks } from "./keys/local-jwks.ts";
export { type PemKey, pem } from "./keys/pem.ts";
export { type JwksOptions, jwks } from "./keys/remote-jwks.ts";
export { type SecretKey, secretKeys } from "./keys/secret-keys.ts";
export type { PublicAlg, TokenAlg } from "./keys/token-alg.ts";
export { type Bucket, type VerifyReason, type VerifyReasonText, verifyReasons } from "./reasons.ts";
export { createMemoryReplayStore } from "./replay/memory-replay-store.ts";
export type { ReplayStore } from "./replay/replay-store.ts";
export { type RequestView, toRequestView } from "./request-view.ts";
export { createServiceClient, type ServiceClientOptions } from "./service/service-client.ts";
export type { ConsumeResult, DecoyList, ServiceClient, TrafficReport } from "./service/service-port.ts";
export type { ProofKind, Refusal, TokenUse, Verification, VerifiedToken } from "./verification.ts";
export type { Verifier } from "./verifier.ts";
export type { TokenDecryption, VerifierOptions, VerifierProfile } from "./verifier-options.ts";
