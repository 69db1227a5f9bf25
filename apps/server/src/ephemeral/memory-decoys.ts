import type { DecoyMemory } from "../domain/ports/index.ts";
import { ExpiringMap } from "./expiring-map.ts";

export interface MemoryDecoysOptions {
  readonly nowMs: () => number;
  /** Decoys that are remembered. Default 10,000: about 15 MB. */
  readonly capacity?: number;
}

/** The memory of decoys of a single node: where it is full it forgets those that end first. */
export function createMemoryDecoys({ nowMs, capacity = 10_000 }: MemoryDecoysOptions): DecoyMemory {
  const held = new ExpiringMap<string>(capacity, () => {});
  return {
    recall: async (project, instance) => held.get(`${project}:${instance}`, nowMs()) ?? null,
    remember: async (project, instance, credential, ttlSeconds) => {
      const atMs = nowMs();
      held.set(`${project}:${instance}`, credential, atMs + ttlSeconds * 1000, atMs);
    },
  };
}
