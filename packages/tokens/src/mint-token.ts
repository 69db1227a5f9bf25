import { type KeyObject, sign } from "node:crypto";
import { encodeBase64url } from "@countersign/protocol";

/** Bounds of a token's life, in seconds. */
export const tokenLifetime = { minSeconds: 30, maxSeconds: 300 } as const;

export interface TokenClaims {
  /** Contains the project and, for development, `/development`. */
  readonly issuer: string;
  /** The protected API's id. */
  readonly audience: string;
  /** Pairwise subject, b64u. */
  readonly subject: string;
  readonly issuedAtMs: number;
  /** What the API asks for; held within 30 to 300 s and to the end of the session. */
  readonly lifetimeSeconds: number;
  readonly sessionEndsAtMs: number;
  /** 16 random bytes. */
  readonly jti: Uint8Array;
  /** b64u SHA-256 of what the token is bound to; becomes `pay`. */
  readonly bind?: string;
}

export interface TokenKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/**
 * Mints one ES256 token (RFC 7515 compact form) for one protected API, protocol section 11. `exp` is at most the session's end: a
 * session with less than 30 s left buys a token that is as short.
 */
export function mintToken(key: TokenKey, claims: TokenClaims): string {
  if (claims.jti.length !== 16) throw new TypeError("jti must be 16 bytes");
  const issuedAt = Math.floor(claims.issuedAtMs / 1000);
  const lifetime = Math.min(Math.max(claims.lifetimeSeconds, tokenLifetime.minSeconds), tokenLifetime.maxSeconds);
  const header = toSegment({ alg: "ES256", typ: "JWT", kid: key.kid });
  const payload = toSegment({
    iss: claims.issuer,
    aud: claims.audience,
    sub: claims.subject,
    iat: issuedAt,
    exp: Math.min(issuedAt + lifetime, Math.floor(claims.sessionEndsAtMs / 1000)),
    jti: encodeBase64url(claims.jti),
    ...(claims.bind === undefined ? {} : { pay: claims.bind }),
  });
  const input = `${header}.${payload}`;
  const signature = sign("sha256", Buffer.from(input), { key: key.privateKey, dsaEncoding: "ieee-p1363" });
  return `${input}.${encodeBase64url(new Uint8Array(signature))}`;
}

function toSegment(value: unknown): string {
  return encodeBase64url(new TextEncoder().encode(JSON.stringify(value)));
}
