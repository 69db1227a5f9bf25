import { encodeBase64url } from "@countersign/protocol";

/** A P-256 public key of a key set (RFC 7517, RFC 7518 §6.2). */
export interface Jwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly alg: "ES256";
  readonly use: "sig";
  readonly kid: string;
  readonly x: string;
  readonly y: string;
}

export interface Jwks {
  readonly keys: readonly Jwk[];
}

/** The key set of these points (65 bytes `04 ∥ X ∥ Y` each). */
export function toJwks(keys: readonly { readonly kid: string; readonly point: Uint8Array }[]): Jwks {
  return {
    keys: keys.map(({ kid, point }) => {
      if (point.length !== 65 || point[0] !== 4) throw new TypeError("not an uncompressed P-256 point");
      const x = encodeBase64url(point.subarray(1, 33));
      const y = encodeBase64url(point.subarray(33));
      return { kty: "EC", crv: "P-256", alg: "ES256", use: "sig", kid, x, y };
    }),
  };
}
