import { concatBytes, decodeBase64url, encodeBase64url, fromUtf8, tag, toUtf8, u8 } from "@countersign/protocol";
import { open, seal } from "../crypto/chacha20-poly1305.ts";
import type { Randomness } from "../ports.ts";

/** A value as it is stored: worth nothing without the key of its generation. */
export interface SealedValue {
  readonly generation: number;
  /** The instance that wrote it, b64u of 16 bytes. */
  readonly instance: string;
  /** b64u of 12 bytes, and of the ciphertext with its tag. */
  readonly nonce: string;
  readonly sealed: string;
}

/** Where a value belongs. */
export interface ValuePlace {
  readonly project: Uint8Array;
  readonly name: string;
}

const nonceBytes = 12;

/** `tag("value") ∥ project(16) ∥ instance(16) ∥ u8(generation) ∥ name`: a value stored elsewhere, or under another name, does not open. */
function aadOf({ project, name }: ValuePlace, { instance, generation }: Pick<SealedValue, "instance" | "generation">) {
  const id = decodeBase64url(instance, 16) ?? new Uint8Array(16);
  return concatBytes(tag("value"), project, id, u8(generation), toUtf8(name));
}

/** Encrypts a value (ChaCha20-Poly1305, RFC 8439) under a key that only this instance's trusted sessions hold. */
export function sealValue(
  value: string,
  key: Uint8Array,
  to: ValuePlace & Pick<SealedValue, "instance" | "generation">,
  randomness: Randomness,
): SealedValue {
  const nonce = Uint8Array.from(randomness.bytes(nonceBytes));
  const clear = toUtf8(value);
  const sealed = seal(key, nonce, clear, aadOf(to, to));
  clear.fill(0);
  const { instance, generation } = to;
  return { generation, instance, nonce: encodeBase64url(nonce), sealed: encodeBase64url(sealed) };
}

/** Null where the key does not fit, or anything was changed. */
export function openValue(stored: SealedValue, key: Uint8Array, place: ValuePlace): string | null {
  const nonce = decodeBase64url(stored.nonce, nonceBytes);
  const sealed = decodeBase64url(stored.sealed);
  if (nonce === null || sealed === null) return null;
  const clear = open(key, nonce, sealed, aadOf(place, stored));
  if (clear === null) return null;
  const value = fromUtf8(clear);
  clear.fill(0);
  return value;
}

/** Reads what was stored; null where it is not of that form. */
export function parseSealedValue(text: string | null): SealedValue | null {
  let value: unknown = null;
  try {
    value = text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
  const { generation, instance, nonce, sealed } = (typeof value === "object" && value !== null ? value : {}) as Partial<
    Record<keyof SealedValue, unknown>
  >;
  const isGeneration = typeof generation === "number" && Number.isInteger(generation) && generation >= 0;
  if (!isGeneration || generation > 255) return null;
  if (typeof instance !== "string" || decodeBase64url(instance, 16) === null) return null;
  return typeof nonce === "string" && typeof sealed === "string" ? { generation, instance, nonce, sealed } : null;
}
