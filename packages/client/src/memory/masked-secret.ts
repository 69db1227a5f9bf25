import { fromUtf8, toUtf8 } from "@countersign/protocol";
import type { Randomness } from "../ports.ts";

const shown = "[secret]";
/** The value is the XOR of all of them. */
const shares = 3;

function xorInto(target: Uint8Array, other: Uint8Array): void {
  for (let at = 0; at < target.length; at += 1) target[at] = (target[at] ?? 0) ^ (other[at] ?? 0);
}

/**
 * A value in memory, split into three shares in buffers of their own, each of which looks random; all are masked anew at each use, so that
 * two pictures of memory at two times do not fit together. Every printed form is `[secret]`; the clear text is asked for by name, at the
 * moment of sending.
 */
export class MaskedSecret {
  readonly #shares: readonly Uint8Array[];
  readonly #randomness: Randomness;
  #wiped = false;

  constructor(value: string, randomness: Randomness) {
    const clear = toUtf8(value);
    this.#randomness = randomness;
    // A buffer each: a view into a pool would outlive the wipe of what stands beside it.
    this.#shares = Array.from({ length: shares }, () => new Uint8Array(clear.length));
    const [first] = this.#shares;
    if (first !== undefined) xorInto(first, clear);
    clear.fill(0);
    this.#remask();
  }

  /** Moves the value into other random shares; their XOR stays. */
  #remask(): void {
    const [first = new Uint8Array(0), ...others] = this.#shares;
    const { length } = first;
    const drawn = this.#randomness.bytes(length * others.length);
    if (drawn.length !== length * others.length) throw new TypeError("randomness gave another number of bytes");
    for (const [index, share] of others.entries()) {
      const mask = drawn.subarray(index * length, (index + 1) * length);
      xorInto(share, mask);
      xorInto(first, mask);
    }
    drawn.fill(0);
  }

  /** The clear text, for the call that asks; null once wiped. */
  reveal(): string | null {
    if (this.#wiped) return null;
    const clear = new Uint8Array(this.#shares[0]?.length ?? 0);
    for (const share of this.#shares) xorInto(clear, share);
    const text = fromUtf8(clear);
    clear.fill(0);
    this.#remask();
    return text;
  }

  wipe(): void {
    this.#wiped = true;
    for (const share of this.#shares) share.fill(0);
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
