/** Algorithms a token may be signed with (RFC 7518 §3.1, RFC 8037 §3.1; EdDSA is Ed25519). */
export const tokenAlgs = ["HS256", "ES256", "EdDSA", "RS256", "PS256"] as const;

export type TokenAlg = (typeof tokenAlgs)[number];

/** Those that a public key set may hold. */
export type PublicAlg = Exclude<TokenAlg, "HS256">;

export const publicAlgs: readonly PublicAlg[] = ["ES256", "EdDSA", "RS256", "PS256"];

/** The algorithm of that name; null for `none` and every other. */
export function tokenAlgOf(name: unknown): TokenAlg | null {
  for (const alg of tokenAlgs) if (alg === name) return alg;
  return null;
}
