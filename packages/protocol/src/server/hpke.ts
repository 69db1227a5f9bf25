import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { concatBytes, fromHex, u8, u16 } from "../bytes.ts";
import { toUtf8 } from "../utf8.ts";
import { hmacSha256 } from "./derive-key.ts";

// RFC 9180 base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305. One suite, one message per context: sequence number 0.
const kemSuite = concatBytes(toUtf8("KEM"), u16(0x0020));
const hpkeSuite = concatBytes(toUtf8("HPKE"), u16(0x0020), u16(0x0001), u16(0x0003));
const version = toUtf8("HPKE-v1");
const empty = new Uint8Array(0);
const spkiPrefix = fromHex("302a300506032b656e032100") ?? empty;
const pkcs8Prefix = fromHex("302e020100300506032b656e04220420") ?? empty;

/** RFC 9180 §4 LabeledExtract. */
function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return hmacSha256(salt, concatBytes(version, suite, toUtf8(label), ikm));
}

/** RFC 9180 §4 LabeledExpand, for lengths of at most one hash. */
function labeledExpand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return hmacSha256(prk, concatBytes(u16(length), version, suite, toUtf8(label), info, u8(1))).subarray(0, length);
}

/** What the key schedule gives, and its intermediates for the vectors. */
export interface HpkeSchedule {
  readonly sharedSecret: Uint8Array;
  readonly context: Uint8Array;
  readonly secret: Uint8Array;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly exporterSecret: Uint8Array;
}

/** RFC 9180 §4.1 ExtractAndExpand and §5.1 KeySchedule in base mode. `dh` is the raw X25519 output. */
export function hpkeSchedule(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array, info: Uint8Array): HpkeSchedule {
  const eaePrk = labeledExtract(kemSuite, empty, "eae_prk", dh);
  const sharedSecret = labeledExpand(kemSuite, eaePrk, "shared_secret", concatBytes(enc, recipient), 32);
  const context = concatBytes(
    u8(0),
    labeledExtract(hpkeSuite, empty, "psk_id_hash", empty),
    labeledExtract(hpkeSuite, empty, "info_hash", info),
  );
  const secret = labeledExtract(hpkeSuite, sharedSecret, "secret", empty);
  return {
    sharedSecret,
    context,
    secret,
    key: labeledExpand(hpkeSuite, secret, "key", context, 32),
    nonce: labeledExpand(hpkeSuite, secret, "base_nonce", context, 12),
    exporterSecret: labeledExpand(hpkeSuite, secret, "exp", context, 32),
  };
}

function privateKeyOf(raw: Uint8Array): KeyObject {
  if (raw.length !== 32) throw new TypeError("an X25519 private key has 32 bytes");
  return createPrivateKey({ key: Buffer.from(concatBytes(pkcs8Prefix, raw)), format: "der", type: "pkcs8" });
}

function publicBytesOf(privateKey: KeyObject): Uint8Array {
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return new Uint8Array(spki.subarray(spkiPrefix.length));
}

/** X25519; null where the result is all zeros (a point of small order) or the key cannot be used. */
function agree(privateKey: KeyObject, peer: Uint8Array): Uint8Array | null {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(concatBytes(spkiPrefix, peer)), format: "der", type: "spki" });
    const dh = new Uint8Array(diffieHellman({ privateKey, publicKey }));
    return dh.every((byte) => byte === 0) ? null : dh;
  } catch {
    return null;
  }
}

/** A new X25519 key pair as raw bytes. */
export function generateSessionKey(): { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array } {
  const { privateKey } = generateKeyPairSync("x25519");
  const pkcs8 = privateKey.export({ format: "der", type: "pkcs8" });
  return { privateKey: new Uint8Array(pkcs8.subarray(pkcs8Prefix.length)), publicKey: publicBytesOf(privateKey) };
}

/** The X25519 public key of a raw private key. */
export function sessionPublicKey(privateKey: Uint8Array): Uint8Array {
  return publicBytesOf(privateKeyOf(privateKey));
}

export interface Sealed {
  readonly enc: Uint8Array;
  /** Ciphertext and tag. */
  readonly sealed: Uint8Array;
}

/**
 * Seals one message to an X25519 public key with empty AAD. A fresh ephemeral key unless one is given (vectors only: a key used twice
 * reveals both messages). Null where the recipient's key is not usable: not 32 bytes, or of small order.
 */
export function sealTo(options: {
  readonly recipient: Uint8Array;
  readonly info: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly aad?: Uint8Array;
  readonly ephemeral?: Uint8Array;
}): Sealed | null {
  const { recipient, info, plaintext } = options;
  if (recipient.length !== 32) return null;
  const ephemeral =
    options.ephemeral === undefined ? generateKeyPairSync("x25519").privateKey : privateKeyOf(options.ephemeral);
  const enc = publicBytesOf(ephemeral);
  const dh = agree(ephemeral, recipient);
  if (dh === null) return null;
  const { key, nonce } = hpkeSchedule(dh, enc, recipient, info);
  const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
  cipher.setAAD(options.aad ?? empty, { plaintextLength: plaintext.length });
  const body = cipher.update(plaintext);
  return { enc, sealed: concatBytes(body, cipher.final(), cipher.getAuthTag()) };
}

/** Opens what `sealTo` sealed. Null for anything else. */
export function openSealed(options: {
  readonly privateKey: Uint8Array;
  readonly enc: Uint8Array;
  readonly info: Uint8Array;
  readonly sealed: Uint8Array;
  readonly aad?: Uint8Array;
}): Uint8Array | null {
  const { enc, sealed, info } = options;
  if (enc.length !== 32 || sealed.length < 16) return null;
  const privateKey = privateKeyOf(options.privateKey);
  const dh = agree(privateKey, enc);
  if (dh === null) return null;
  const { key, nonce } = hpkeSchedule(dh, enc, publicBytesOf(privateKey), info);
  const decipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
  decipher.setAAD(options.aad ?? empty, { plaintextLength: sealed.length - 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  try {
    return new Uint8Array(concatBytes(decipher.update(sealed.subarray(0, -16)), decipher.final()));
  } catch {
    return null;
  }
}
