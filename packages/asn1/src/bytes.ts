import { hash, timingSafeEqual } from "node:crypto";

/** True where both are the same bytes; constant time for equal lengths. */
export function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** SHA-256 over the parts in order. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  const whole = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
  // As text of one character a byte: a buffer of its own for each digest would cost more than the hash.
  return new Uint8Array(Buffer.from(hash("sha256", whole, "binary"), "binary"));
}

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** Reads standard base64 with padding and nothing else (no line breaks, no base64url, no stray bits), else null. */
export function fromBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? new Uint8Array(bytes) : null;
}

/** Reads an even number of hex digits of either case and nothing else, else null. */
export function fromHex(text: string): Uint8Array | null {
  return text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text) ? new Uint8Array(Buffer.from(text, "hex")) : null;
}
