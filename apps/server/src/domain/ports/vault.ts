import type { Enveloped } from "./records.ts";

/** A clear value on loan. Prints as `[secret]` everywhere; `reveal` is the one way to the bytes. */
export interface SecretValue {
  reveal(): Uint8Array;
}

/** One that whoever holds it can wipe; nothing is revealed after that. */
export interface WipeableValue extends SecretValue {
  wipe(): void;
  /** `[secret]`. */
  toString(): string;
}

/** Takes a copy of bytes into such a value. */
export type HoldValue = (bytes: Uint8Array) => WipeableValue;

/**
 * Envelope encryption under the key-encryption key: a fresh data key per value (AES-256-GCM), wrapped by the KEK. `context` is
 * authenticated and must be equal at opening: values cannot be moved between rows.
 */
export interface Vault {
  seal(clear: Uint8Array, context: readonly string[]): Enveloped;
  /** Throws `vault_open_failed` where key or context is another one or a byte was changed. */
  open(sealed: Enveloped, context: readonly string[]): SecretValue;
}
