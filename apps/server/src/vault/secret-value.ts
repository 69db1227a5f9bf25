import type { WipeableValue } from "../domain/ports/index.ts";

const shown = "[secret]";

/** Holds a copy of `bytes`. Text, JSON, inspection and cloning show `[secret]` or nothing. */
export function createSecretValue(bytes: Uint8Array): WipeableValue {
  return new HeldSecret(bytes);
}

class HeldSecret implements WipeableValue {
  readonly #bytes: Uint8Array;
  #wiped = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes);
  }

  /** A copy: whoever asked may wipe it. */
  reveal(): Uint8Array {
    if (this.#wiped) throw new TypeError("a value that was wiped is not revealed");
    return new Uint8Array(this.#bytes);
  }

  /** Overwrites the copy; nothing is revealed after it. */
  wipe(): void {
    this.#bytes.fill(0);
    this.#wiped = true;
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
