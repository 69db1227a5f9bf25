import { encodeBase32 } from "./base32.ts";

/** 80 bits in upper-case base32. */
export const arcPattern = /^[A-Z2-7]{16}$/;

/** Ten random bytes as an attestation response code: 16 upper-case base32 characters, 80 bits, derived from nothing. */
export function toArc(random: Uint8Array): string {
  if (random.length !== 10) throw new TypeError("an ARC needs 10 random bytes");
  return encodeBase32(random).toUpperCase();
}

/** True where a text has the form of an ARC. */
export function isArc(text: string): boolean {
  return arcPattern.test(text);
}
