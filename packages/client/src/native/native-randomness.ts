import { decodeBase64url } from "@countersign/protocol";
import type { Randomness } from "../ports.ts";

/** What both native halves give at once, at most. */
const mostBytes = 1024;

/**
 * Randomness of a native half that gives it at once, as b64u of so many bytes, 1 to 1024. What is anything else is never used: an agent without randomness does
 * not go on.
 */
export function nativeRandomness(randomBytes: (length: number) => unknown): Randomness {
  const draw = (length: number): Uint8Array => {
    const text = randomBytes(length);
    const bytes = typeof text === "string" ? decodeBase64url(text, length) : null;
    if (bytes === null) throw new Error("the native half gave no randomness");
    return bytes;
  };
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += mostBytes) {
        const drawn = draw(Math.min(mostBytes, length - at));
        bytes.set(drawn, at);
        drawn.fill(0);
      }
      return bytes;
    },
  };
}
