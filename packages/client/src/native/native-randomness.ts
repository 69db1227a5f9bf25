import { decodeBase64url } from "@countersign/protocol";
import type { Randomness } from "../ports.ts";

/**
 * Randomness of a native half that gives it at once, as b64u of so many bytes. What is anything else is never used: an agent without randomness does
 * not go on.
 */
export function nativeRandomness(randomBytes: (length: number) => unknown): Randomness {
  return {
    bytes(length) {
      const text = randomBytes(length);
      const bytes = typeof text === "string" ? decodeBase64url(text, length) : null;
      if (bytes === null) throw new Error("the native half gave no randomness");
      return bytes;
    },
  };
}
