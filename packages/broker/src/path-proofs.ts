const maxProofs = 4096;
/** Certificates above the leaf end without its knowing: after so long it is proven anew. */
const provenMs = 3_600_000;

/** Leaves that were proven to chain to a pinned key. */
export interface PathProofs {
  has(pins: readonly string[], leaf: string): boolean;
  add(pins: readonly string[], leaf: string): void;
}

/** Remembers each proof for an hour, by pins and by SHA-256 of the leaf. */
export function createPathProofs(nowMs: () => number): PathProofs {
  const untilMs = new Map<string, number>();
  const keyOf = (pins: readonly string[], leaf: string): string => `${pins.join(",")}:${leaf}`;
  return {
    has: (pins, leaf) => nowMs() < (untilMs.get(keyOf(pins, leaf)) ?? 0),
    add(pins, leaf) {
      const key = keyOf(pins, leaf);
      untilMs.delete(key);
      untilMs.set(key, nowMs() + provenMs);
      const [oldest] = untilMs.keys();
      if (untilMs.size > maxProofs && oldest !== undefined) untilMs.delete(oldest);
    },
  };
}
