import { concatBytes, equalBytes, fromHex } from "@countersign/protocol";
import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { drawBytes } from "./random-bytes.ts";

/**
 * What the protocol's server entry and the fakes use of `node:crypto`, on the curve, cipher and hash libraries of the agent, so that the
 * service can run where no Node is. SHA-256 and the protocol's curves and ciphers alone; names and shapes are Node's.
 */

type Curve = "ec" | "x25519";

const empty: Uint8Array = new Uint8Array(0);
const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? empty;
const spkiPrefixes: Readonly<Record<Curve, Uint8Array>> = {
  ec: bytesOf("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
  x25519: bytesOf("302a300506032b656e032100"),
};
const pkcs8Prefixes: Readonly<Record<Curve, Uint8Array>> = {
  ec: bytesOf("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"),
  x25519: bytesOf("302e020100300506032b656e04220420"),
};

class SomeKey {
  readonly type: "private" | "public";
  readonly curve: Curve;
  readonly raw: Uint8Array;
  constructor(type: "private" | "public", curve: Curve, raw: Uint8Array) {
    this.type = type;
    this.curve = curve;
    this.raw = raw;
  }
  export(_format: object): Uint8Array {
    const prefixes = this.type === "private" ? pkcs8Prefixes : spkiPrefixes;
    return concatBytes(prefixes[this.curve], this.raw);
  }
}

interface Der {
  readonly key: Uint8Array;
}

function readDer(der: Uint8Array, prefixes: Readonly<Record<Curve, Uint8Array>>, type: SomeKey["type"]): SomeKey {
  for (const curve of ["ec", "x25519"] as const) {
    const prefix = prefixes[curve];
    if (equalBytes(der.subarray(0, prefix.length), prefix))
      return new SomeKey(type, curve, Uint8Array.from(der.subarray(prefix.length)));
  }
  throw new Error("neither a P-256 nor an X25519 key");
}

export const createPrivateKey = ({ key }: Der): SomeKey => readDer(key, pkcs8Prefixes, "private");

export function createPublicKey(from: SomeKey | Der): SomeKey {
  if (from instanceof SomeKey) {
    const { curve, raw } = from;
    const point = curve === "ec" ? p256.getPublicKey(raw, false) : x25519.getPublicKey(raw);
    return new SomeKey("public", curve, point);
  }
  const key = readDer(from.key, spkiPrefixes, "public");
  if (key.curve === "ec") p256.Point.fromBytes(key.raw);
  return key;
}

export function generateKeyPairSync(curve: Curve): { privateKey: SomeKey; publicKey: SomeKey } {
  const privateKey = new SomeKey("private", curve, drawBytes(32));
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

export const sign = (_hash: "sha256", message: Uint8Array, { key }: { key: SomeKey }): Uint8Array =>
  p256.sign(message, key.raw, { lowS: false, prehash: true, extraEntropy: false });

export const verify = (
  _hash: "sha256",
  message: Uint8Array,
  { key }: { key: SomeKey },
  signature: Uint8Array,
): boolean => p256.verify(signature, message, key.raw, { lowS: false, prehash: true });

export const diffieHellman = (keys: { privateKey: SomeKey; publicKey: SomeKey }): Uint8Array =>
  x25519.getSharedSecret(keys.privateKey.raw, keys.publicKey.raw);

interface Digest {
  update(data: Uint8Array): Digest;
  digest(): Uint8Array;
}

function digestOf(end: (data: Uint8Array) => Uint8Array): Digest {
  let all = empty;
  const made: Digest = {
    update(data) {
      all = concatBytes(all, data);
      return made;
    },
    digest: () => end(all),
  };
  return made;
}

export const createHash = (_name: "sha256"): Digest => digestOf(sha256);

export const createHmac = (_name: "sha256", key: Uint8Array): Digest => digestOf((data) => hmac(sha256, key, data));

export const hkdfSync = (
  _hash: "sha256",
  key: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array => hkdf(sha256, key, salt, info, length);

export const timingSafeEqual = equalBytes;
export const randomBytes = drawBytes;

export function randomUUID(): string {
  const hex = Array.from(drawBytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

type CipherName = "aes-256-gcm" | "chacha20-poly1305";
const tagBytes = 16;

function aeadOf(name: CipherName, key: Uint8Array, nonce: Uint8Array, aad: Uint8Array): ReturnType<typeof gcm> {
  return name === "aes-256-gcm" ? gcm(key, nonce, aad) : chacha20poly1305(key, nonce, aad);
}

/** One `update` gives the whole text: the protocol's messages are never in pieces. */
export function createCipheriv(name: CipherName, key: Uint8Array, nonce: Uint8Array) {
  let aad = empty;
  let tag = empty;
  return {
    setAAD: (bytes: Uint8Array): void => {
      aad = bytes;
    },
    update(plaintext: Uint8Array): Uint8Array {
      const sealed = aeadOf(name, key, nonce, aad).encrypt(plaintext);
      tag = sealed.slice(-tagBytes);
      return sealed.slice(0, -tagBytes);
    },
    final: () => empty,
    getAuthTag: () => tag,
  };
}

export function createDecipheriv(name: CipherName, key: Uint8Array, nonce: Uint8Array) {
  let aad = empty;
  let tag = empty;
  return {
    setAAD: (bytes: Uint8Array): void => {
      aad = bytes;
    },
    setAuthTag: (bytes: Uint8Array): void => {
      tag = bytes;
    },
    update: (ciphertext: Uint8Array): Uint8Array => aeadOf(name, key, nonce, aad).decrypt(concatBytes(ciphertext, tag)),
    final: () => empty,
  };
}
