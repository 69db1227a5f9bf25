import type { Randomness } from "../ports.ts";

const poolBytes = 1024;

/**
 * Random bytes for masks alone, drawn in bulk: values are masked anew at each request, and a call of the platform's generator costs more
 * than all the rest of it. A mask lies in memory beside what it masks, so that it lay there a little earlier tells nobody more.
 */
export function createMaskSource(randomness: Randomness): Randomness {
  let pool: Uint8Array = new Uint8Array(0);
  let at = 0;
  return {
    bytes(length) {
      if (length > poolBytes) return randomness.bytes(length);
      if (at + length > pool.length) {
        pool = randomness.bytes(poolBytes);
        at = 0;
      }
      const bytes = Uint8Array.from(pool.subarray(at, at + length));
      pool.fill(0, at, at + length);
      at += length;
      return bytes;
    },
  };
}
