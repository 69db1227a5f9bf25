import type { Pass } from "@countersign/protocol";
import { openDecoyPass, openPass, proofKeyOf } from "@countersign/protocol/server";
import type { ProjectContext } from "../project/project-context.ts";

/**
 * A pass of this project with the key of its bearer, and whether it is a decoy's; null where it cannot be opened. Its `exp` is the caller's to
 * judge. While decoys are on both kinds are tried for each, so that the time is the same.
 */
export function openBearerPass(
  { seeds, projectId, project }: ProjectContext,
  text: string,
): { readonly pass: Pass; readonly proofKey: Uint8Array; readonly decoy: boolean } | null {
  let used: Uint8Array | null = null;
  const seedOf = (generation: number): Uint8Array | null => {
    used = seeds.find((seed) => seed.generation === generation)?.seed.reveal() ?? null;
    return used;
  };
  const genuine = openPass(text, { seedOf, project: projectId });
  const decoy = project.settings.decoy === true ? openDecoyPass(text, { seedOf, project: projectId }) : null;
  const pass = genuine.ok ? genuine.value : decoy?.ok === true ? decoy.value : null;
  return pass !== null && used !== null
    ? { pass, proofKey: proofKeyOf(used, projectId, text), decoy: !genuine.ok }
    : null;
}
