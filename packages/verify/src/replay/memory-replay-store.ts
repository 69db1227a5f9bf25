import type { ReplayStore } from "./replay-store.ts";

/** No room for another key: nothing unexpired is ever dropped to make some. */
export class ReplayStoreFullError extends Error {
  constructor(capacity: number) {
    super(`the replay store holds ${capacity} keys, all of them unexpired`);
    this.name = "ReplayStoreFullError";
  }
}

/**
 * Remembers in this process. A full store rejects rather than forgets. Several nodes need a shared store: a proof sent to two of them would
 * pass at both.
 */
export function createMemoryReplayStore(
  options: { readonly capacity?: number; readonly nowMs?: () => number } = {},
): ReplayStore {
  const { capacity = 100_000, nowMs = Date.now } = options;
  if (!Number.isSafeInteger(capacity) || capacity < 1) throw new TypeError("capacity is a whole number from 1");
  const endsAtMs = new Map<string, number>();
  let sweptAtMs = nowMs();

  function sweep(now: number): void {
    for (const [key, endMs] of endsAtMs) if (endMs <= now) endsAtMs.delete(key);
    sweptAtMs = now;
  }

  return {
    async once(key, ttlSeconds) {
      const now = nowMs();
      const endMs = endsAtMs.get(key);
      if (endMs !== undefined && endMs > now) return false;
      // A full store is swept once a second at most: a flood must not buy a walk through it with every request.
      if (now < sweptAtMs || now - sweptAtMs >= (endsAtMs.size >= capacity ? 1000 : 60_000)) sweep(now);
      if (endsAtMs.size >= capacity) throw new ReplayStoreFullError(capacity);
      endsAtMs.set(key, now + ttlSeconds * 1000);
      return true;
    },
  };
}
