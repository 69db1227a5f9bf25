import { type Alphabet, base64urlAlphabet, decodeBase64, encodeBase64 } from "./base64.ts";

const alphabet: Alphabet = base64urlAlphabet;

/** RFC 4648 §5 without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  return encodeBase64(bytes, alphabet);
}

/**
 * Bytes of unpadded base64url; null for padding, foreign characters, impossible lengths and non-zero unused bits, so that every byte
 * string has exactly one text. With `exactLength`, null also for any other number of bytes.
 */
export function decodeBase64url(text: string, exactLength?: number): Uint8Array | null {
  const bytes = decodeBase64(text, alphabet);
  return bytes === null || (exactLength !== undefined && bytes.length !== exactLength) ? null : bytes;
}
