/**
 * Stands for a secret that this session has. Every form of it, printed, joined or serialised, is the public placeholder, which the agent fills
 * at declared places when a request is sent; nothing gives the value.
 */
export class SecretHandle {
  readonly name: string;
  readonly #placeholder: string;

  constructor(name: string, placeholder: string) {
    this.name = name;
    this.#placeholder = placeholder;
    Object.freeze(this);
  }

  toString(): string {
    return this.#placeholder;
  }

  toJSON(): string {
    return this.#placeholder;
  }

  [Symbol.toPrimitive](): string {
    return this.#placeholder;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.#placeholder;
  }
}
