import { toSigningInput } from "./dpop.ts";

export interface ClientAttestationProof {
  /** The authorization server's issuer, or the resource server's identifier. */
  readonly audience: string;
  /** The server's challenge, where it gave one. */
  readonly challenge?: string;
  readonly iat: number;
  /** b64u of 16 random bytes. */
  readonly jti: string;
}

/**
 * The signing input of the proof that goes with a client attestation (draft-ietf-oauth-attestation-based-client-auth-10, PoP JWT). Sign
 * it with ES256 by the instance key and hand both to `toJws`. The key is not in it: the attestation's `cnf` names it.
 */
export function clientAttestationSigningInput(proof: ClientAttestationProof): string {
  const { audience, challenge, iat, jti } = proof;
  return toSigningInput(
    { typ: "oauth-client-attestation-pop+jwt", alg: "ES256" },
    { aud: audience, jti, iat, ...(challenge === undefined ? {} : { challenge }) },
  );
}
