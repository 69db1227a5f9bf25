import type { Randomness } from "../ports.ts";

/** A number in 0..1, 1 excluded, from the platform's generator. */
export function randomFraction(randomness: Randomness): number {
  let value = 0;
  for (const byte of randomness.bytes(4)) value = value * 256 + byte;
  return value / 2 ** 32;
}
