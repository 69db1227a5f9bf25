import type { Credential } from "@countersign/protocol";
import { openCredential, openDecoyCredential } from "@countersign/protocol/server";
import type { ProjectContext } from "../project/project-context.ts";

/** A credential of this project. Its `exp` is the caller's to judge. */
export interface OwnCredential {
  readonly credential: Credential;
  /** Whether it is a decoy's: then nothing it is shown for may be anything but another decoy. */
  readonly decoy: boolean;
}

/** Opens a credential; null where it is none of this project's. While decoys are on both kinds are tried for each, so that the time is the same. */
export function openOwnCredential({ seeds, projectId, project }: ProjectContext, text: string): OwnCredential | null {
  const seedOf = (generation: number): Uint8Array | null =>
    seeds.find((seed) => seed.generation === generation)?.seed.reveal() ?? null;
  const how = { seedOf, project: projectId };
  const genuine = openCredential(text, how);
  const decoy = project.settings.decoy === true ? openDecoyCredential(text, how) : null;
  if (genuine.ok) return { credential: genuine.value, decoy: false };
  return decoy?.ok === true ? { credential: decoy.value, decoy: true } : null;
}
