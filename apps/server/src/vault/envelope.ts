import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import {
  concatBytes,
  decodeBase64url,
  encodeBase64url,
  isWellFormed,
  tag,
  toUtf8,
  u8,
  u32,
} from "@countersign/protocol";

/*
 * 01 ∥ key id (8) ∥ nonce (12) ∥ wrapped data key (32 + 16) ∥ sealed value (n + 16), as base64url.
 * Both layers are AES-256-GCM. The data key encrypts one value, once: its nonce is zero.
 */
const formatVersion = 1;
const keyIdLength = 8;
const nonceLength = 12;
const keyLength = 32;
const tagLength = 16;
const nonceAt = 1 + keyIdLength;
const wrappedAt = nonceAt + nonceLength;
const valueAt = wrappedAt + keyLength + tagLength;
const zeroNonce = new Uint8Array(nonceLength);

export interface EnvelopeSeal {
  /** The key-encryption key, 32 bytes. */
  readonly key: Uint8Array;
  readonly clear: Uint8Array;
  readonly context: readonly string[];
  /** Fresh random bytes: a data key (32) and a nonce (12). Used for this envelope and never again. */
  readonly dataKey: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Encrypts `clear` under the data key and the data key under the key-encryption key; both layers authenticate the context. */
export function sealEnvelope({ key, clear, context, dataKey, nonce }: EnvelopeSeal): string {
  const head = concatBytes(u8(formatVersion), keyIdOf(key), nonce);
  const wrapped = encrypt(key, nonce, dataKey, aadOf("vault-key", head, context));
  const front = concatBytes(head, wrapped);
  return encodeBase64url(concatBytes(front, encrypt(dataKey, zeroNonce, clear, aadOf("vault-value", front, context))));
}

/** The clear bytes; null where the key or the context is another one, or anything was changed. */
export function openEnvelope(key: Uint8Array, sealed: string, context: readonly string[]): Uint8Array | null {
  const bytes = decodeBase64url(sealed);
  if (bytes === null || bytes.length < valueAt + tagLength || bytes[0] !== formatVersion) return null;
  const nonce = bytes.slice(nonceAt, wrappedAt);
  const dataKey = decrypt(
    key,
    nonce,
    bytes.slice(wrappedAt, valueAt),
    aadOf("vault-key", bytes.slice(0, wrappedAt), context),
  );
  if (dataKey === null) return null;
  const clear = decrypt(
    dataKey,
    zeroNonce,
    bytes.slice(valueAt),
    aadOf("vault-value", bytes.slice(0, valueAt), context),
  );
  dataKey.fill(0);
  return clear;
}

/** Tells one key-encryption key from another, so that a later rotation knows what is still under the old one. */
function keyIdOf(key: Uint8Array): Uint8Array {
  return createHash("sha256").update(tag("vault-key-id")).update(key).digest().subarray(0, keyIdLength);
}

/** Lengths stand before the parts: no two contexts give the same bytes. */
function aadOf(name: string, front: Uint8Array, context: readonly string[]): Uint8Array {
  if (!context.every(isWellFormed)) throw new TypeError("A context is well-formed text.");
  const parts = context.map(toUtf8).flatMap((part) => [u32(part.length), part]);
  return concatBytes(tag(name), front, u32(context.length), ...parts);
}

function encrypt(key: Uint8Array, nonce: Uint8Array, clear: Uint8Array, aad: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength }).setAAD(aad);
  return concatBytes(cipher.update(clear), cipher.final(), cipher.getAuthTag());
}

function decrypt(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | null {
  const end = sealed.length - tagLength;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength })
    .setAAD(aad)
    .setAuthTag(sealed.subarray(end));
  const clear = decipher.update(sealed.subarray(0, end));
  try {
    return concatBytes(clear, decipher.final());
  } catch {
    return null;
  } finally {
    clear.fill(0);
  }
}
