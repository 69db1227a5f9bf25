import type { Pass } from "@countersign/protocol";
import { openPassBy, type PassKeys, proofKeyBy } from "@countersign/protocol/server";
import type { ProjectContext } from "../project/project-context.ts";

/** A pass with the key of its bearer, and whether it is a decoy's. */
export interface BearerPass {
  readonly pass: Pass;
  readonly proofKey: Uint8Array;
  readonly decoy: boolean;
}

/** Of what project passes are opened, and with what. */
export interface PassRing {
  readonly projectId: Uint8Array;
  readonly passKeys: ReadonlyMap<number, PassKeys>;
  /** Whether the project has decoys. */
  readonly decoys: boolean;
}

/** A pass of this project; null where it cannot be opened. Its `exp` is the caller's to judge. */
export function openBearerPass(
  { passKeys, projectId, project }: Pick<ProjectContext, "passKeys" | "projectId" | "project">,
  text: string,
): BearerPass | null {
  return openPassOf({ passKeys, projectId, decoys: project.settings.decoy === true }, text);
}

/** As `openBearerPass`. While decoys are on both kinds are tried for each, so that the time is the same. */
export function openPassOf({ passKeys, projectId, decoys }: PassRing, text: string): BearerPass | null {
  let used: PassKeys | null = null;
  const keysOf = (generation: number): PassKeys | null => {
    used = passKeys.get(generation) ?? null;
    return used;
  };
  const genuine = openPassBy("pass", text, { keysOf, project: projectId });
  const decoy = decoys ? openPassBy("decoyPass", text, { keysOf, project: projectId }) : null;
  const pass = genuine.ok ? genuine.value : decoy?.ok === true ? decoy.value : null;
  return pass !== null && used !== null ? { pass, proofKey: proofKeyBy(used, text), decoy: !genuine.ok } : null;
}
