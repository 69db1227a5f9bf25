import { concatBytes, toUtf8, u32 } from "@countersign/protocol";
import { sha256 } from "@noble/hashes/sha2.js";

let seed = sha256(toUtf8("countersign"));
let drawn = 0;

/** Makes every draw from here on follow from a text, so that a case draws the same in every engine. */
export function seedRandomness(text: string): void {
  seed = sha256(toUtf8(text));
  drawn = 0;
}

/** SHA-256 of the seed and a counter: no engine here is asked for randomness of its own. */
export function drawBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 32) {
    drawn += 1;
    bytes.set(sha256(concatBytes(seed, u32(drawn))).subarray(0, length - at), at);
  }
  return bytes;
}
