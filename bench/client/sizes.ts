import { type EntryName, entrySizes } from "../../packages/client/src/testing/entry-sizes.ts";

const goals: Readonly<Partial<Record<EntryName, number>>> = { core: 16_000, "core with curves": 40_000 };

export interface Size {
  readonly entry: string;
  readonly gzippedBytes: number;
  readonly goal: number | null;
  readonly met: boolean | null;
}

/** Gzipped size of each entry, and of what an app may be without. */
export async function sizes(): Promise<readonly Size[]> {
  return Object.entries(await entrySizes()).map(([entry, gzippedBytes]) => {
    const goal = goals[entry as EntryName] ?? null;
    return { entry, gzippedBytes, goal, met: goal === null ? null : gzippedBytes <= goal };
  });
}
