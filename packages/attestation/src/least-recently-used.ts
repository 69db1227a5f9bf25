/** A map that keeps the `maximum` entries used last and forgets the others, so that no input can make it grow. */
export class LeastRecentlyUsed<Value> {
  readonly maximum: number;
  readonly #entries = new Map<string, Value>();

  constructor(maximum: number) {
    this.maximum = maximum;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  clear(): void {
    this.#entries.clear();
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.maximum) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}
