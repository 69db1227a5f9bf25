/** Algorithms a token may be signed with (RFC 7518 §3.1, RFC 8037 §3.1; EdDSA is Ed25519). */
export const tokenAlgs = ["HS256", "ES256", "EdDSA", "RS256", "PS256"] as const;

export type TokenAlg = (typeof tokenAlgs)[number];
