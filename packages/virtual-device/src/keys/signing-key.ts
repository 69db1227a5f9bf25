import { createECDH, createPrivateKey, createPublicKey, type KeyObject, sign as signWithKey } from "node:crypto";
import { base64url, hex } from "../encoding/bytes.ts";
import type { ByteSource } from "./byte-source.ts";

/** A software key pair. `spki` is DER; `point` is the uncompressed EC point, empty for RSA. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly spki: Uint8Array;
  readonly point: Uint8Array;
  readonly kind: "ec" | "rsa";
}

const curves = {
  "P-256": {
    openssl: "prime256v1",
    size: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  "P-384": {
    openssl: "secp384r1",
    size: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
} as const;

export type Curve = keyof typeof curves;

/** An EC key drawn from `source` under `label`. */
export function createEcKey(curve: Curve, source: ByteSource, label: string): SigningKey {
  const { openssl, size, order } = curves[curve];
  const wide = BigInt(`0x${hex(source(label, size + 16))}`);
  const scalar = new Uint8Array(Buffer.from(((wide % (order - 1n)) + 1n).toString(16).padStart(size * 2, "0"), "hex"));
  const exchange = createECDH(openssl);
  exchange.setPrivateKey(scalar);
  const point = new Uint8Array(exchange.getPublicKey());
  const jwk = {
    kty: "EC",
    crv: curve,
    d: base64url(scalar),
    x: base64url(point.subarray(1, 1 + size)),
    y: base64url(point.subarray(1 + size)),
  };
  return toSigningKey(createPrivateKey({ key: jwk, format: "jwk" }), point);
}

/** Wraps a private key; `point` is empty for RSA. */
export function toSigningKey(privateKey: KeyObject, point: Uint8Array): SigningKey {
  const spki = new Uint8Array(createPublicKey(privateKey).export({ type: "spki", format: "der" }));
  return { privateKey, spki, point, kind: point.length === 0 ? "rsa" : "ec" };
}

/** ECDSA as DER, or RSASSA-PKCS1-v1_5, as X.509 and App Attest carry it. */
export function signDer(key: SigningKey, hash: "sha256" | "sha384", message: Uint8Array): Uint8Array {
  return new Uint8Array(signWithKey(hash, message, key.privateKey));
}

/** ES256 as the protocol carries it: 64 bytes `r ∥ s`. */
export function signEs256(key: SigningKey, message: Uint8Array): Uint8Array {
  return new Uint8Array(signWithKey("sha256", message, { key: key.privateKey, dsaEncoding: "ieee-p1363" }));
}
