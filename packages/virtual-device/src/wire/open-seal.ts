import {
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
} from "node:crypto";
import { base64url, concat, fromBase64url, fromHex, utf8 } from "../encoding/bytes.ts";

/** A session key of one statement: X25519. */
export interface SessionKey {
  readonly privateKey: KeyObject;
  /** 32 bytes, as the statement names it. */
  readonly publicKey: Uint8Array;
}

/** Makes an X25519 key from 32 bytes (RFC 8410 §7). */
export function toSessionKey(scalar: Uint8Array): SessionKey {
  const der = concat(fromHex("302e020100300506032b656e04220420"), scalar);
  const privateKey = createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  return { privateKey, publicKey: fromBase64url(x) };
}

/**
 * Opens an HPKE base-mode seal (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305). Throws where the seal was not made to this key.
 * The protocol's associated data is empty.
 */
export function openSeal(
  key: SessionKey,
  info: Uint8Array,
  enc: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const peer = createPublicKey({ key: { kty: "OKP", crv: "X25519", x: base64url(enc) }, format: "jwk" });
  const shared = new Uint8Array(diffieHellman({ privateKey: key.privateKey, publicKey: peer }));
  const kem = concat(utf8("KEM"), Uint8Array.of(0x00, 0x20));
  const suite = concat(utf8("HPKE"), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x03));
  const none = new Uint8Array(0);
  const secretOfKem = expand(
    kem,
    extract(kem, none, "eae_prk", shared),
    "shared_secret",
    concat(enc, key.publicKey),
    32,
  );
  const context = concat(
    Uint8Array.of(0x00),
    extract(suite, none, "psk_id_hash", none),
    extract(suite, none, "info_hash", info),
  );
  const secret = extract(suite, secretOfKem, "secret", none);
  const cipher = createDecipheriv(
    "chacha20-poly1305",
    expand(suite, secret, "key", context, 32),
    expand(suite, secret, "base_nonce", context, 12),
    { authTagLength: 16 },
  );
  cipher.setAAD(associatedData);
  cipher.setAuthTag(sealed.subarray(sealed.length - 16));
  const opened = cipher.update(sealed.subarray(0, sealed.length - 16));
  return concat(opened, cipher.final());
}

function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(data).digest());
}

/** LabeledExtract, RFC 9180 §4. */
function extract(suite: Uint8Array, salt: Uint8Array, label: string, material: Uint8Array): Uint8Array {
  return hmac(salt, concat(utf8("HPKE-v1"), suite, utf8(label), material));
}

/** LabeledExpand, RFC 9180 §4, for at most one block of output. */
function expand(suite: Uint8Array, key: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  const labeled = concat(Uint8Array.of(0, length), utf8("HPKE-v1"), suite, utf8(label), info, Uint8Array.of(1));
  return hmac(key, labeled).subarray(0, length);
}
