import { decodeBase64, decodeBase64url } from "@countersign/protocol";
import { fixedKeys, type KeyEntry } from "./key-entry.ts";
import type { KeySource } from "./key-source.ts";

/** A shared secret of HS256. */
export interface SecretKey {
  /** Bytes, or their base64 or base64url; at least 32 bytes (RFC 7518 §3.2). */
  readonly secret: string | Uint8Array;
  /** Default: the secret stands for tokens of any `kid` and of none. */
  readonly kid?: string;
}

const mostSecrets = 16;

/** A PEM is somebody's key, most likely a public one: as a secret it would let whoever has that key sign (RFC 8725 §2.1). */
function isPem(bytes: Uint8Array): boolean {
  return "-----BEGIN ".split("").every((character, index) => bytes[index] === character.charCodeAt(0));
}

/**
 * The bytes of a secret. Throws a TypeError, without the secret, where they are too few, are a key in PEM, or the text is neither base64 nor
 * base64url.
 */
export function secretBytes(secret: string | Uint8Array): Uint8Array {
  const bytes = typeof secret === "string" ? (decodeBase64(secret) ?? decodeBase64url(secret)) : new Uint8Array(secret);
  if (bytes === null) throw new TypeError("a secret is neither base64 nor base64url");
  if (bytes.length < 32) throw new TypeError("a secret of HS256 has at least 32 bytes");
  if (isPem(bytes)) throw new TypeError("a key in PEM is no secret of HS256");
  return bytes;
}

/** Secrets as keys of HS256. Throws a TypeError for none, or for more than 16. */
export function toSecretEntries(secrets: readonly SecretKey[]): KeyEntry[] {
  if (secrets.length === 0 || secrets.length > mostSecrets) throw new TypeError("there are 1 to 16 secrets");
  return secrets.map(({ secret, kid }) => ({
    kid: kid ?? null,
    alg: "HS256",
    material: { kind: "secret", bytes: secretBytes(secret) },
    expiresAtSeconds: null,
  }));
}

/**
 * Shared secrets: HS256 alone, whatever a token says. While a secret is exchanged, give the old and the new one. Throws a TypeError for
 * a secret that is too short or cannot be read.
 */
export function secretKeys(secrets: readonly SecretKey[]): KeySource {
  return fixedKeys(toSecretEntries(secrets), mostSecrets);
}
