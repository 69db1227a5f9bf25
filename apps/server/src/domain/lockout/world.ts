import { decodeBase64url, type Manifest } from "@countersign/protocol";
import type { App, ChainAnswer, Project, ProtectedApi, Release, Secret } from "../ports/index.ts";
import { manifestContent, toManifest } from "../project/manifest.ts";

/** A project as its devices meet it. */
export interface World {
  readonly project: Project;
  readonly apps: readonly App[];
  readonly releases: readonly Release[];
  readonly apis: readonly ProtectedApi[];
  readonly secrets: readonly Pick<Secret, "name" | "places" | "apps">[];
  /** Live chains by API, held against this world's pins and roots. Absent: not looked at, because nothing of its host changes. */
  readonly chains: ReadonlyMap<string, ChainAnswer>;
}

/** The manifest of one app in this world. Its order is the project's present one: only its size and content count here. */
export function manifestOf(world: World, app: string): Manifest {
  const { project, apis, secrets } = world;
  const projectId = decodeBase64url(project.id, 16);
  if (projectId === null) throw new TypeError("a project id is b64u of 16 bytes");
  const known = world.apps.some((each) => each.id === app);
  return toManifest(manifestContent({ project, projectId, apis, secrets }, app, known), project);
}
