import { isPoint, toJwk } from "@countersign/protocol";
import { assertClaims } from "./assert-claims.ts";
import type { ClaimValue } from "./mint-input.ts";
import { signJwt } from "./sign-jwt.ts";
import type { TokenKey } from "./token-key.ts";

/** Longest life of a client attestation, in seconds. */
export const clientAttestationSeconds = 300;

export interface ClientAttestationInput {
  /** ES256; the attester's own, never a key that signs API tokens. */
  readonly key: TokenKey;
  /** Not asked for since draft -08, which drops it; some servers still want it, the others ignore it. */
  readonly issuer: string;
  /** OAuth client id. */
  readonly clientId: string;
  /** The instance key, 65 bytes `04 ∥ X ∥ Y`. */
  readonly point: Uint8Array;
  readonly issuedAtMs: number;
  /** At most 300. */
  readonly lifetimeSeconds: number;
  /** Further claims; never one of `reservedClaims`. */
  readonly claims?: Readonly<Record<string, ClaimValue>>;
}

/**
 * A Client Attestation JWT (draft-ietf-oauth-attestation-based-client-auth-10 §4): `typ` oauth-client-attestation+jwt, `sub` is the client,
 * `cnf.jwk` the key by which the instance proves at each use that it is the one. Throws a TypeError for a key that is not ES256, a point
 * that is not on P-256 and a lifetime out of 1 to 300 s.
 */
export function mintClientAttestation(input: ClientAttestationInput): string {
  const { key, issuer, clientId, point, issuedAtMs, lifetimeSeconds, claims } = input;
  if (key.alg !== "ES256") throw new TypeError("client attestations are signed with ES256");
  if (!isPoint(point)) throw new TypeError("not a point on P-256");
  if (!(lifetimeSeconds >= 1 && lifetimeSeconds <= clientAttestationSeconds))
    throw new TypeError(`a client attestation lives 1 to ${clientAttestationSeconds} s`);
  if (!(issuedAtMs >= 0 && issuedAtMs <= Number.MAX_SAFE_INTEGER)) throw new TypeError("issuedAtMs is not a time");
  if (issuer === "" || clientId === "") throw new TypeError("issuer and clientId must not be empty");
  assertClaims(claims);
  const issuedAt = Math.floor(issuedAtMs / 1000);
  const payload = {
    ...claims,
    iss: issuer,
    sub: clientId,
    iat: issuedAt,
    exp: issuedAt + Math.floor(lifetimeSeconds),
    cnf: { jwk: toJwk(point) },
  };
  return signJwt(key, payload, "oauth-client-attestation+jwt");
}
