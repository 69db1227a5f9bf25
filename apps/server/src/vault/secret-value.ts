import type { SecretValue } from "../domain/ports/index.ts";

const shown = "[secret]";

/** Holds a copy of `bytes`. Text, JSON, inspection and cloning show `[secret]` or nothing. */
export function createSecretValue(bytes: Uint8Array): HeldSecret {
  return new HeldSecret(bytes);
}

class HeldSecret implements SecretValue {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes);
  }

  /** A copy: whoever asked may wipe it. */
  reveal(): Uint8Array {
    return new Uint8Array(this.#bytes);
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
