export { type ClientAttestationInput, clientAttestationSeconds, mintClientAttestation } from "./client-attestation.ts";
export { type Discovery, discoveryOf } from "./discovery.ts";
export { type EarAppraisal, type EarClaims, type EarInput, type TrustTier, toEar } from "./ear.ts";
export { encryptToken } from "./encrypt-token.ts";
export {
  type EncryptionAlg,
  type EncryptionJwk,
  type EncryptionKey,
  type EncryptionKeyResult,
  parseEncryptionKey,
} from "./encryption-key.ts";
export { attesterPath, issuerOf, issuerPath } from "./issuer.ts";
export { type Jwk, type Jwks, toJwks, toPem } from "./jwk.ts";
export {
  type ClaimValue,
  type FirebaseAudience,
  longestLifeSeconds,
  type MintInput,
  type TokenUse,
  tokenLifetime,
} from "./mint-input.ts";
export { mintToken } from "./mint-token.ts";
export { reservedClaims } from "./reserved-claims.ts";
export { signJwt } from "./sign-jwt.ts";
export { type RsaBits, type TokenAlg, tokenAlgs } from "./token-alg.ts";
export { generateTokenKey, importTokenKey, type OpenedTokenKey, type TokenKey } from "./token-key.ts";
export { type TokenProfile, tokenProfiles } from "./token-profile.ts";
