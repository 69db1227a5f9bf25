import type { TokenAlg } from "../keys/token-alg.ts";

export type Awaitable<T> = T | Promise<T>;

/** A public key as its kind alone needs it (RFC 7518 §6, RFC 8037 §2). */
export type PublicJwk =
  | { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string }
  | { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string }
  | { readonly kty: "RSA"; readonly n: string; readonly e: string };

/** What a key is made of. Nothing here has been checked beyond its type. */
export type KeyMaterial =
  | { readonly kind: "secret"; readonly bytes: Uint8Array }
  | { readonly kind: "jwk"; readonly jwk: PublicJwk }
  | { readonly kind: "spki"; readonly der: Uint8Array };

/** A key for one algorithm. What `handle` holds is known to the port that made it alone. */
export interface ImportedKey {
  readonly alg: TokenAlg;
  readonly handle: unknown;
}

/** Everything cryptographic that a verifier does. Synchronous where the platform is; nothing here throws on hostile input. */
export interface CryptoPort {
  /** The key; null where the material does not fit the algorithm, RSA shorter than 2048 bits included. */
  importKey(alg: TokenAlg, material: KeyMaterial): Awaitable<ImportedKey | null>;
  /** Whether the signature, as canonical base64url, verifies over bytes or an ASCII text. One of a wrong length does not. */
  verify(key: ImportedKey, input: string | Uint8Array, signature: string): Awaitable<boolean>;
  /** The MAC of an HS256 key. */
  hmac(key: ImportedKey, input: Uint8Array): Awaitable<Uint8Array>;
  sha256(data: Uint8Array): Awaitable<Uint8Array>;
  /** Strict base64url, as protocol's `decodeBase64url` has it. */
  decodeBase64url(text: string): Uint8Array | null;
  /** What canonical base64url holds, one character for each byte: ASCII stays what it is, and nothing else becomes ASCII. */
  decodeToByteText(text: string): string;
}
