import type { Kysely, Selectable } from "kysely";
import type { Project, ProjectSeed, ProjectSettings, Projects, SigningKey } from "../domain/ports/index.ts";
import { fromJson, toJson } from "./json-columns.ts";
import { RecordMissingError } from "./record-missing-error.ts";
import { seedRow } from "./seeds.ts";
import { signingKeyRow } from "./signing-keys.ts";
import type { Tables } from "./tables.ts";

export function createProjects(database: Kysely<Tables>): Projects {
  return {
    get: async (id) => {
      const row = await database.selectFrom("projects").selectAll().where("id", "=", id).executeTakeFirst();
      return row === undefined ? null : toProject(row);
    },
    list: async () =>
      (await database.selectFrom("projects").selectAll().orderBy("created_at_ms").orderBy("id").execute()).map(
        toProject,
      ),
    create: async (project: Project, seed: ProjectSeed, keys: readonly SigningKey[]) => {
      await database.transaction().execute(async (transaction) => {
        await transaction.insertInto("projects").values(projectRow(project)).execute();
        await transaction.insertInto("project_seeds").values(seedRow(seed)).execute();
        for (const key of keys) await transaction.insertInto("signing_keys").values(signingKeyRow(key)).execute();
      });
    },
    update: async (project) => {
      const { id, ...values } = projectRow(project);
      const { numUpdatedRows } = await database
        .updateTable("projects")
        .set(values)
        .where("id", "=", id)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new RecordMissingError("project");
    },
  };
}

function projectRow(project: Project): Tables["projects"] {
  return {
    id: project.id,
    name: project.name,
    kind: project.kind,
    created_at_ms: project.createdAtMs,
    root_point: project.rootPoint,
    recovery_point: project.recoveryPoint,
    key_list: project.keyList,
    key_list_version: project.keyListVersion,
    key_list_by_recovery: project.keyListByRecovery ? 1 : 0,
    manifest_epoch: project.manifestEpoch,
    manifest_version: project.manifestVersion,
    settings: toJson(project.settings),
  };
}

function toProject(row: Selectable<Tables["projects"]>): Project {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as Project["kind"],
    createdAtMs: row.created_at_ms,
    rootPoint: row.root_point,
    recoveryPoint: row.recovery_point,
    keyList: row.key_list,
    keyListVersion: row.key_list_version,
    keyListByRecovery: row.key_list_by_recovery === 1,
    manifestEpoch: row.manifest_epoch,
    manifestVersion: row.manifest_version,
    settings: fromJson<ProjectSettings>(row.settings),
  };
}
