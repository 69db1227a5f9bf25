import { decodeBase64url, formatConfigurationString, parseAuthority } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import type { ProjectOperations } from "../admin/project-operations.ts";
import type { Changes } from "../changes/changes.ts";
import type { Project } from "../ports/index.ts";
import { createProject, type ProjectDeps } from "./create-project.ts";
import { ensureTokenKeys } from "./ensure-token-keys.ts";
import { nextVersion } from "./key-list.ts";
import type { ProjectRows } from "./project-rows.ts";
import { recoverKeys, retireUnlisted, rotateKeys } from "./replace-keys.ts";

export interface ProjectOperationsDeps extends ProjectDeps {
  readonly rows: ProjectRows;
  readonly changes: Changes;
  readonly standing: { reconcile(): Promise<void> };
  /** `HOST[:PORT]` of this service, as configuration strings name it. */
  readonly publicHost: () => string;
}

/** What the administrator's use cases ask of the device side, and the rotation that the jobs ask for. */
export interface AllProjectOperations extends ProjectOperations {
  /** Does what is due of key rotation. */
  rotate(project: string): Promise<Rotation>;
}

/** `root_key_absent`: rotation is due and waits for a key that was moved offline. */
export type Rotation = "rotated" | "not_due" | "root_key_absent";

export function createProjectOperations(deps: ProjectOperationsDeps): AllProjectOperations {
  const { store, vault, roots, rows, changes, clock } = deps;

  async function changed(id: string, change: (project: Project) => Project | Promise<Project>): Promise<Project> {
    const project = await rows.update(id, change);
    if (project === null) throw new TypeError("no such project");
    changes.changed(id, "project");
    return project;
  }

  return {
    async create(input) {
      const project = await createProject(deps, input);
      changes.changed(project.id, "project");
      return project;
    },

    configurationOf: (project, host) => toConfigurationString(project, host ?? deps.publicHost()),

    republish: (id, settings) =>
      changed(id, async (project) => {
        const wanted = settings ?? project.settings;
        await ensureTokenKeys({ store, vault }, { project: id, settings: wanted, nowMs: clock.nowMs() });
        return {
          ...project,
          settings: wanted,
          manifestVersion: nextVersion(project.manifestVersion, clock.nowMs()),
        };
      }),

    decoysChanged: (id) => changes.changed(id, "keys"),

    tokenKeysChanged: (id, urgent) => changes.changed(id, urgent ? "project" : "keys"),

    brokersChanged: (id) => changes.changed(id, "brokers"),

    async reconcileBans() {
      await deps.standing.reconcile();
    },

    async recover(id) {
      if (!(await roots.held(id)).includes("recovery")) return { ok: false, reason: "recovery_key_absent" };
      const project = await changed(id, (before) => recoverKeys(deps, before));
      await rows.update(id, (stored) => retireUnlisted(deps, stored));
      return { ok: true, project };
    },

    heldRootKeys: (id) => roots.held(id),

    async rotate(id) {
      const done: { rotation: Rotation } = { rotation: "not_due" };
      await rows.update(id, async (before) => {
        const after = await rotateKeys(deps, before);
        if (after !== before) done.rotation = after === null ? "root_key_absent" : "rotated";
        return after ?? before;
      });
      if (done.rotation !== "rotated") return done.rotation;
      changes.changed(id, "project");
      await rows.update(id, (stored) => retireUnlisted(deps, stored));
      return done.rotation;
    },
  };
}

function toConfigurationString(project: Project, host: string): string {
  const authority = parseAuthority(host);
  const points = [project.id, project.rootPoint, project.recoveryPoint].map((text) => decodeBase64url(text));
  const [projectId, rootPoint, recoveryPoint] = points;
  if (authority === null || projectId == null || rootPoint == null || recoveryPoint == null) {
    throw new TypeError("a configuration string needs a valid host and a stored project");
  }
  const [root, recovery] = [sha256(rootPoint), sha256(recoveryPoint)];
  return formatConfigurationString({ kind: project.kind, ...authority, projectId, root, recovery });
}
