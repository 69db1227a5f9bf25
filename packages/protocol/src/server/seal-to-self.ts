import { createCipheriv, createDecipheriv } from "node:crypto";
import { decodeBase64url, encodeBase64url } from "../base64url.ts";
import { concatBytes, u8 } from "../bytes.ts";
import * as limits from "../limits.ts";
import { deriveKey, hmacSha256 } from "./derive-key.ts";

/** What the service seals to itself; each under a key that opens none of the others. */
export type SealedName = "credential" | "pass" | "decoy-credential" | "decoy-pass";

interface Sealing {
  readonly generation: number;
  /** Raw project id, 16 bytes. */
  readonly project: Uint8Array;
  /** 16 bytes that no other plaintext has: they make a key of their own, so the nonce is fixed. */
  readonly salt: Uint8Array;
  /** What else it is bound to. Default: nothing. */
  readonly bound?: Uint8Array;
}

export interface SelfSealing extends Sealing {
  readonly projectSeed: Uint8Array;
}

/** How something is sealed by whoever has K(name) alone. */
export interface KeySealing extends Sealing {
  readonly key: Uint8Array;
}

export interface SelfOpening {
  /** The project seed of a generation, or null where it is not accepted. */
  readonly seedOf: (generation: number) => Uint8Array | null;
  readonly project: Uint8Array;
  readonly bound?: Uint8Array;
}

const nonce = new Uint8Array(12);
const none = new Uint8Array(0);

/** How something sealed is opened by whoever has K(name) alone. */
export interface KeyOpening {
  /** K(name) of a generation, or null where it is not accepted. */
  readonly keyOf: (generation: number) => Uint8Array | null;
  readonly project: Uint8Array;
  readonly bound?: Uint8Array;
}

/** `sealByKey` under K(name). */
export function sealToSelf(name: SealedName, plaintext: Uint8Array, how: SelfSealing): string {
  return sealByKey(plaintext, { ...how, key: deriveKey(how.projectSeed, name, how.project) });
}

/** `b64u(1 ∥ generation ∥ salt ∥ AES-256-GCM(HMAC(key, salt), plaintext, head ∥ project ∥ bound))` */
export function sealByKey(plaintext: Uint8Array, how: KeySealing): string {
  const { key, generation, project, salt, bound = none } = how;
  if (salt.length !== 16) throw new TypeError("the salt has 16 bytes");
  const head = concatBytes(u8(1), u8(generation), salt);
  const cipher = createCipheriv("aes-256-gcm", hmacSha256(key, salt), nonce);
  cipher.setAAD(concatBytes(head, project, bound));
  const body = cipher.update(plaintext);
  return encodeBase64url(concatBytes(head, body, cipher.final(), cipher.getAuthTag()));
}

/** The plaintext; null where this name, project and binding did not seal the text. */
export function openOfSelf(name: SealedName, text: string, how: SelfOpening): Uint8Array | null {
  const keyOf = (generation: number): Uint8Array | null => {
    const seed = how.seedOf(generation);
    return seed === null ? null : deriveKey(seed, name, how.project);
  };
  return openByKey(text, { ...how, keyOf });
}

/** As `openOfSelf`, with the name's key. */
export function openByKey(text: string, how: KeyOpening): Uint8Array | null {
  const bytes = text.length > limits.credentialCharacters ? null : decodeBase64url(text);
  if (bytes === null || bytes.length < 34 || bytes[0] !== 1) return null;
  const key = how.keyOf(bytes[1] ?? 0);
  if (key === null) return null;
  const head = bytes.subarray(0, 18);
  const decipher = createDecipheriv("aes-256-gcm", hmacSha256(key, head.subarray(2)), nonce, {
    authTagLength: 16,
  });
  decipher.setAAD(concatBytes(head, how.project, how.bound ?? none));
  decipher.setAuthTag(bytes.subarray(-16));
  try {
    return concatBytes(decipher.update(bytes.subarray(18, -16)), decipher.final());
  } catch {
    return null;
  }
}
