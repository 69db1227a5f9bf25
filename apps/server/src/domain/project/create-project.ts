import { encodeBase64url } from "@countersign/protocol";
import type { Project, ProjectSeed, RecordStore, Vault } from "../ports/index.ts";
import { defaultProjectSettings } from "./default-settings.ts";
import { issueKeyList, nextVersion } from "./key-list.ts";
import type { RootKeys } from "./root-keys.ts";
import { createSigningKey } from "./signing-keys.ts";

export interface ProjectDeps {
  readonly store: RecordStore;
  readonly vault: Vault;
  readonly roots: RootKeys;
  readonly clock: { nowMs(): number };
  /** Cryptographically strong random bytes. */
  readonly random: (length: number) => Uint8Array;
}

/**
 * Makes a project with everything it needs to answer devices: id, two root keys, first seed, response and manifest key, first key list.
 * The root keys are written before the row: a crash between leaves unused key files, never a project without roots.
 */
export async function createProject(
  deps: ProjectDeps,
  { name, kind }: Pick<Project, "name" | "kind">,
): Promise<Project> {
  const id = encodeBase64url(deps.random(16));
  const nowMs = deps.clock.nowMs();
  const { rootPoint, recoveryPoint } = await deps.roots.create(id);
  const keys = (["response", "manifest"] as const).map((use) =>
    createSigningKey(deps.vault, { project: id, use, nowMs }),
  );
  const unsigned = { id, kind, rootPoint: encodeBase64url(rootPoint), recoveryPoint: encodeBase64url(recoveryPoint) };
  const version = nextVersion(0, nowMs);
  const project: Project = {
    ...unsigned,
    name,
    createdAtMs: nowMs,
    keyList: await issueKeyList(deps.roots, unsigned, keys, { version, manifestEpoch: 1, by: "root" }),
    keyListVersion: version,
    keyListByRecovery: false,
    manifestEpoch: 1,
    manifestVersion: version,
    settings: defaultProjectSettings,
  };
  const seed: ProjectSeed = {
    project: id,
    generation: 1,
    seed: deps.vault.seal(deps.random(32), ["project-seed", id, "1"]),
    createdAtMs: nowMs,
  };
  await deps.store.projects.create(project, seed, keys);
  return project;
}
