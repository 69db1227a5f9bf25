import { concatBytes } from "@countersign/protocol";
import { sha256 } from "./sha256.ts";

/** HMAC-SHA256 (RFC 2104), 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? sha256(key) : key);
  const hash = (pad: number, text: Uint8Array): Uint8Array => {
    const padded = concatBytes(block, text);
    for (let at = 0; at < block.length; at += 1) padded[at] = (padded[at] ?? 0) ^ pad;
    const digest = sha256(padded);
    padded.fill(0);
    return digest;
  };
  const mac = hash(0x5c, hash(0x36, message));
  block.fill(0);
  return mac;
}
