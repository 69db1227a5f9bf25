import { type TokenAlg, tokenAlgs } from "./token-alg.ts";

export interface Discovery {
  readonly issuer: string;
  readonly jwks_uri: string;
  readonly response_types_supported: readonly string[];
  readonly subject_types_supported: readonly string[];
  readonly id_token_signing_alg_values_supported?: readonly TokenAlg[];
  readonly claims_supported: readonly string[];
}

/**
 * The document by which gateways find an issuer's keys (OpenID Connect Discovery 1.0 §3; RFC 8414 §2). It names no endpoint, because the
 * issuer has none: its tokens are not asked for by OAuth. `response_types_supported` may not be missing or empty there, and has the value
 * that other issuers without endpoints give it. HS256 is not listed: no key set has its keys, and a verifier that took it from here could
 * be led to verify by a public key as if it were a secret. Where nothing is left to list, the member is left out (RFC 8414 §3.2).
 */
export function discoveryOf({
  issuer,
  jwksUri,
  algs,
}: {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly algs: Iterable<TokenAlg>;
}): Discovery {
  const used = new Set(algs);
  const listed = tokenAlgs.filter((alg) => alg !== "HS256" && used.has(alg));
  return {
    issuer,
    jwks_uri: jwksUri,
    response_types_supported: ["id_token"],
    subject_types_supported: ["pairwise", "public"],
    ...(listed.length === 0 ? {} : { id_token_signing_alg_values_supported: listed }),
    claims_supported: ["iss", "sub", "aud", "iat", "exp", "jti"],
  };
}
