export { issuerOf, issuerPath } from "./issuer.ts";
export { type Jwk, type Jwks, toJwks } from "./jwks.ts";
export { mintToken, type TokenClaims, type TokenKey, tokenLifetime } from "./mint-token.ts";
export type { TokenAlg } from "./token-alg.ts";
export type { TokenProfile } from "./token-profile.ts";
