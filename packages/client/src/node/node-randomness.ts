import { randomBytes } from "node:crypto";
import type { Randomness } from "../ports.ts";

/** The operating system's generator. */
export function nodeRandomness(): Randomness {
  return { bytes: (length) => new Uint8Array(randomBytes(length)) };
}
