interface Entry<Value> {
  value: Value;
  expiresAtMs: number;
}

/** Who has an entry, by its key, and how many one may have. */
export interface Shares {
  readonly of: (key: string) => string;
  readonly most: number;
  /** Called where one has as many; it is to throw. */
  readonly onFull: () => never;
}

/**
 * A bounded map whose entries end by themselves. Each write removes a few ended entries, so that memory follows what is alive without a
 * timer. Where it is full the entry that ends first makes room and is handed to `onEvict`, which may throw to refuse the write instead.
 */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  /** Binary heap by the end an entry had when it was pushed; one item per key, pushed again when its entry turns out to live longer. */
  readonly #heap: { key: string; atMs: number }[] = [];
  readonly #capacity: number;
  readonly #onEvict: (value: Value) => void;
  readonly #shares: Shares | null;
  readonly #held = new Map<string, number>();

  constructor(capacity: number, onEvict: (value: Value) => void, shares: Shares | null = null) {
    this.#capacity = capacity;
    this.#onEvict = onEvict;
    this.#shares = shares;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string, nowMs: number): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && nowMs < entry.expiresAtMs ? entry.value : undefined;
  }

  /** Makes sure that one more key fits; called before the first of several writes that must all happen or none. */
  makeRoom(nowMs: number): void {
    this.#sweep(nowMs, 4);
    while (this.#entries.size >= this.#capacity) {
      if (this.#sweep(nowMs, 1) > 0) continue;
      const first = this.#heap[0];
      if (first === undefined) return;
      const entry = this.#entries.get(first.key);
      if (entry !== undefined && entry.expiresAtMs > first.atMs) {
        this.#pop();
        this.#push(first.key, entry.expiresAtMs);
        continue;
      }
      if (entry !== undefined) this.#onEvict(entry.value);
      this.#delete(first.key);
      this.#pop();
    }
  }

  set(key: string, value: Value, expiresAtMs: number, nowMs: number): void {
    const held = this.#entries.get(key);
    if (held !== undefined) {
      held.value = value;
      held.expiresAtMs = expiresAtMs;
      return;
    }
    this.makeRoom(nowMs);
    this.#count(key, nowMs);
    this.#entries.set(key, { value, expiresAtMs });
    this.#push(key, expiresAtMs);
  }

  /** Looks at up to `count` items whose pushed end has passed; returns how many it looked at. */
  #sweep(nowMs: number, count: number): number {
    let seen = 0;
    for (; seen < count; seen += 1) {
      const first = this.#heap[0];
      if (first === undefined || first.atMs > nowMs) break;
      this.#pop();
      const entry = this.#entries.get(first.key);
      if (entry === undefined) continue;
      if (entry.expiresAtMs > nowMs) this.#push(first.key, entry.expiresAtMs);
      else this.#delete(first.key);
    }
    return seen;
  }

  #count(key: string, nowMs: number): void {
    if (this.#shares === null) return;
    const { of, most, onFull } = this.#shares;
    const owner = of(key);
    while ((this.#held.get(owner) ?? 0) >= most) if (this.#sweep(nowMs, 64) === 0) onFull();
    this.#held.set(owner, (this.#held.get(owner) ?? 0) + 1);
  }

  #delete(key: string): void {
    if (!this.#entries.delete(key) || this.#shares === null) return;
    const owner = this.#shares.of(key);
    const left = (this.#held.get(owner) ?? 1) - 1;
    if (left > 0) this.#held.set(owner, left);
    else this.#held.delete(owner);
  }

  #push(key: string, atMs: number): void {
    const heap = this.#heap;
    const item = { key, atMs };
    let at = heap.length;
    heap.push(item);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || parent.atMs <= atMs) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = item;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      if (left === undefined) break;
      const right = heap[2 * at + 2];
      const [child, childAt] = right !== undefined && right.atMs < left.atMs ? [right, 2 * at + 2] : [left, 2 * at + 1];
      if (child.atMs >= last.atMs) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
  }
}
