import type { Randomness } from "../ports.ts";
import { randomFraction } from "./random-fraction.ts";

const maxMs = 300_000;

/** 1 s doubled to 300 s with full jitter: a wait is drawn evenly from 0 to the bound, so that a fleet does not return in step. */
export class Backoff {
  readonly #randomness: Randomness;
  #failures = 0;

  constructor(randomness: Randomness) {
    this.#randomness = randomness;
  }

  /** The wait after one more failure, at least `retryAfterSeconds`. */
  nextMs(retryAfterSeconds = 0): number {
    const boundMs = Math.min(maxMs, 1000 * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    return Math.max(randomFraction(this.#randomness) * boundMs, retryAfterSeconds * 1000);
  }

  reset(): void {
    this.#failures = 0;
  }
}
