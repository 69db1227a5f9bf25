/** Cryptography of protocol version 1 for the service, synchronous, on node:crypto. */

export { canaryOf, freeCanaryOf } from "./canary.ts";
export { type ChallengeMint, checkChallengeMac, mintChallenge } from "./challenge.ts";
export {
  openCredential,
  openDecoyCredential,
  openDecoyPass,
  openPass,
  openPassBy,
  type SelfOpen,
  type SelfSeal,
  sealCredential,
  sealPass,
} from "./credential.ts";
export { decoySecretOf } from "./decoy-secret.ts";
export { deriveKey, hmacSha256, sha256 } from "./derive-key.ts";
export {
  generateSigningKey,
  importSigningKey,
  pointOfKey,
  publicKeyOfPoint,
  type SigningKeyPair,
  signEs256,
  verifyEs256,
} from "./es256.ts";
export {
  generateSessionKey,
  type HpkeSchedule,
  hpkeSchedule,
  openSealed,
  type Sealed,
  sealTo,
  sessionPublicKey,
} from "./hpke.ts";
export {
  deriveLinkKeys,
  type LinkBearer,
  type LinkKeys,
  type LinkTarget,
  linkCharacters,
  openLink,
  sealLink,
} from "./link.ts";
export { derivePassKeys, type PassKeys, proofKeyBy } from "./pass-keys.ts";
export { type Signer, signAnswer, signKeyList, signManifest } from "./signing.ts";
export { proofKeyOf, subjectFor } from "./subject.ts";
export { decoyValuesKeyOf, valuesKeyOf } from "./values-key.ts";
