import { fromUtf8, toUtf8 } from "@countersign/protocol";
import type { Randomness } from "../ports.ts";

const shown = "[secret]";

/**
 * A value in memory, XOR-masked with fresh random bytes in two buffers, so that neither alone nor a plain search of memory shows it. Every
 * printed form is `[secret]`; the clear text is asked for by name, at the moment of sending.
 */
export class MaskedSecret {
  readonly #mask: Uint8Array;
  readonly #masked: Uint8Array;
  #wiped = false;

  constructor(value: string, randomness: Randomness) {
    const clear = toUtf8(value);
    this.#mask = Uint8Array.from(randomness.bytes(clear.length));
    if (this.#mask.length !== clear.length) throw new TypeError("randomness gave another number of bytes");
    this.#masked = clear.map((byte, index) => byte ^ (this.#mask[index] ?? 0));
    clear.fill(0);
  }

  /** The clear text; null once wiped. */
  reveal(): string | null {
    if (this.#wiped) return null;
    const clear = this.#masked.map((byte, index) => byte ^ (this.#mask[index] ?? 0));
    const text = fromUtf8(clear);
    clear.fill(0);
    return text;
  }

  wipe(): void {
    this.#wiped = true;
    this.#mask.fill(0);
    this.#masked.fill(0);
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return shown;
  }
}
