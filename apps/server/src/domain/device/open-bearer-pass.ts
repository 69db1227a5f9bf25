import type { Pass } from "@countersign/protocol";
import { openPass, proofKeyOf } from "@countersign/protocol/server";
import type { ProjectContext } from "../project/project-context.ts";

/** A pass of this project with the key of its bearer; null where it cannot be opened. Its `exp` is the caller's to judge. */
export function openBearerPass(
  { seeds, projectId }: ProjectContext,
  text: string,
): { readonly pass: Pass; readonly proofKey: Uint8Array } | null {
  let used: Uint8Array | null = null;
  const seedOf = (generation: number): Uint8Array | null => {
    used = seeds.find((seed) => seed.generation === generation)?.seed.reveal() ?? null;
    return used;
  };
  const opened = openPass(text, { seedOf, project: projectId });
  return opened.ok && used !== null ? { pass: opened.value, proofKey: proofKeyOf(used, projectId, text) } : null;
}
