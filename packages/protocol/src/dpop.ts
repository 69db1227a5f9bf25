import { encodeBase64url } from "./base64url.ts";
import type { Sha256 } from "./bytes.ts";
import { toUtf8 } from "./utf8.ts";

export interface EcJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
}

/** The JWK of a 65-byte point. */
export function toJwk(point: Uint8Array): EcJwk {
  return { kty: "EC", crv: "P-256", x: encodeBase64url(point.slice(1, 33)), y: encodeBase64url(point.slice(33)) };
}

/** RFC 7638 thumbprint of a point, b64u: `jkt`, and the `keyid` of HTTP signatures. */
export function thumbprintOf(sha256: Sha256, point: Uint8Array): string {
  const { crv, kty, x, y } = toJwk(point);
  return encodeBase64url(sha256(toUtf8(JSON.stringify({ crv, kty, x, y }))));
}

/** RFC 9449 §4.2 `ath`: b64u SHA-256 of the token. */
export function tokenHashOf(sha256: Sha256, token: string): string {
  return encodeBase64url(sha256(toUtf8(token)));
}

export interface DpopProof {
  /** The instance key's 65-byte point. */
  readonly point: Uint8Array;
  readonly method: string;
  /** The request's URL; query and fragment are left out of `htu`. */
  readonly url: string;
  /** The token the request carries; null where it carries none, as at a token endpoint: the proof has no `ath` then. */
  readonly token: string | null;
  /** The resource server's nonce, where it gave one. */
  readonly nonce?: string;
  readonly iat: number;
  /** b64u of 16 random bytes. */
  readonly jti: string;
}

/** The signing input of a DPoP proof (RFC 9449 §4.2). Sign it with ES256 and hand both to `toJws`. */
export function dpopSigningInput(sha256: Sha256, proof: DpopProof): string {
  const header = { typ: "dpop+jwt", alg: "ES256", jwk: toJwk(proof.point) };
  const claims = {
    jti: proof.jti,
    htm: proof.method,
    htu: proof.url.replace(/[?#].*$/, ""),
    iat: proof.iat,
    ...(proof.token === null ? {} : { ath: tokenHashOf(sha256, proof.token) }),
    ...(proof.nonce === undefined ? {} : { nonce: proof.nonce }),
  };
  return toSigningInput(header, claims);
}

/** The signing input of a compact JWS (RFC 7515 §5.1). */
export function toSigningInput(header: object, claims: object): string {
  return [header, claims].map((part) => encodeBase64url(toUtf8(JSON.stringify(part)))).join(".");
}

/** A compact JWS of a signing input and its signature. */
export function toJws(signingInput: string, signature: Uint8Array): string {
  return `${signingInput}.${encodeBase64url(signature)}`;
}
