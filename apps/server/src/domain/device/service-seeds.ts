import type { RecordStore, SecretValue, Vault } from "../ports/index.ts";

/** The service's challenge seeds: the newest makes challenges, the newest two are accepted. */
export interface ServiceSeeds {
  current(): { readonly generation: number; readonly seed: Uint8Array };
  /** Null where the generation is not accepted. */
  of(generation: number): Uint8Array | null;
}

/** Loads the service seeds, and makes the first where there is none. */
export async function loadServiceSeeds(
  store: RecordStore,
  vault: Vault,
  first: { readonly nowMs: number; readonly random: (length: number) => Uint8Array },
): Promise<ServiceSeeds> {
  if ((await store.seeds.ofService()).length === 0) {
    const seed = vault.seal(first.random(32), seedContext(1));
    await store.seeds.addServiceSeed({ generation: 1, seed, createdAtMs: first.nowMs });
  }
  const rows = (await store.seeds.ofService()).toSorted((a, b) => b.generation - a.generation).slice(0, 2);
  const accepted = new Map<number, SecretValue>(
    rows.map(({ generation, seed }) => [generation, vault.open(seed, seedContext(generation))]),
  );
  const newest = rows[0];
  const newestSeed = newest === undefined ? undefined : accepted.get(newest.generation);
  if (newest === undefined || newestSeed === undefined) throw new TypeError("the service has no challenge seed");
  return {
    current: () => ({ generation: newest.generation, seed: newestSeed.reveal() }),
    of: (generation) => accepted.get(generation)?.reveal() ?? null,
  };
}

function seedContext(generation: number): readonly string[] {
  return ["service-seed", String(generation)];
}
