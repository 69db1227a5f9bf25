import { createHash, createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { tag } from "@countersign/protocol";
import { type Jwk, toJwk } from "./jwk.ts";
import { algorithms, type RsaBits, type TokenAlg } from "./token-alg.ts";

/** What signs tokens. */
export interface TokenKey {
  readonly kid: string;
  /** The one algorithm this key is for. */
  readonly alg: TokenAlg;
  /** Private; for HS256 a secret. */
  readonly key: KeyObject;
}

export interface OpenedTokenKey {
  readonly kid: string;
  readonly key: KeyObject;
  /** Null for HS256, which has no public half. */
  readonly publicJwk: Jwk | null;
}

/**
 * A new key from the system's randomness: P-256, Ed25519, RSA of 2048 bits unless told otherwise, or 32 secret bytes. `material` is in the
 * clear, PKCS#8 DER or the secret itself: what `importTokenKey` reads.
 */
export async function generateTokenKey(
  alg: TokenAlg,
  options: { readonly rsaBits?: RsaBits } = {},
): Promise<TokenKey & OpenedTokenKey & { readonly material: Uint8Array }> {
  const key = await algorithms[alg].generate(options.rsaBits ?? 2048);
  const material = new Uint8Array(key.type === "secret" ? key.export() : key.export({ format: "der", type: "pkcs8" }));
  return { alg, material, ...named(alg, key) };
}

/**
 * A stored key: PKCS#8 DER, or for HS256 the secret bytes. A TypeError where the material is not a key of this algorithm, is too weak
 * for it, or is a pair whose halves do not belong together; its message tells nothing of the material.
 */
export function importTokenKey(alg: TokenAlg, material: Uint8Array): OpenedTokenKey {
  const algorithm = algorithms[alg];
  const key = algorithm.symmetric ? readSecret(material) : readPkcs8(material);
  if (key === null || !algorithm.fits(key)) throw new TypeError(`not a key for ${alg}`);
  if (!algorithm.symmetric && !isPair(alg, key)) throw new TypeError(`not a key pair for ${alg}`);
  return named(alg, key);
}

/** A PEM is somebody's key, most likely a public one: as a secret it would let whoever has that key sign. */
function readSecret(material: Uint8Array): KeyObject | null {
  return Buffer.from(material).includes("-----BEGIN ") ? null : createSecretKey(material);
}

function readPkcs8(material: Uint8Array): KeyObject | null {
  if (!isOneDerSequence(material)) return null;
  try {
    return createPrivateKey({ key: Buffer.from(material), format: "der", type: "pkcs8" });
  } catch {
    return null;
  }
}

/** The import takes no notice of what follows the key. */
function isOneDerSequence(bytes: Uint8Array): boolean {
  const [tagByte, first = 0, second = 0, third = 0] = bytes;
  if (tagByte !== 0x30) return false;
  if (first < 0x80) return bytes.length === 2 + first;
  if (first === 0x81) return bytes.length === 3 + second;
  return first === 0x82 && bytes.length === 4 + second * 256 + third;
}

/** PKCS#8 may carry a public half of its own, and an RSA key any numbers: what cannot be verified must not be published. */
function isPair(alg: TokenAlg, key: KeyObject): boolean {
  const probe = Buffer.from(tag("token-key-probe"));
  try {
    return algorithms[alg].verify(createPublicKey(key), probe, algorithms[alg].sign(key, probe));
  } catch {
    return false;
  }
}

/** A secret's `kid` is no thumbprint of it (RFC 7638 §7): the tag makes it the hash of nothing else, and 8 bytes identify, not more. */
function named(alg: TokenAlg, key: KeyObject): OpenedTokenKey {
  if (alg === "HS256") {
    const digest = createHash("sha256").update(tag("hs256-kid")).update(key.export()).digest();
    return { kid: digest.subarray(0, 8).toString("base64url"), key, publicJwk: null };
  }
  const publicJwk = toJwk(alg, key);
  return { kid: publicJwk.kid, key, publicJwk };
}
