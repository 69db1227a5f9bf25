import type { Kysely } from "kysely";
import type { AlarmHook, AlarmHooks } from "../domain/ports/index.ts";
import type { Tables } from "./tables.ts";

export function createAlarmHooks(database: Kysely<Tables>): AlarmHooks {
  return {
    list: async (project) =>
      (
        await database.selectFrom("alarm_hooks").selectAll().where("project", "=", project).orderBy("name").execute()
      ).map(toAlarmHook),
    byTokenHash: async (tokenHash) => {
      const row = await database
        .selectFrom("alarm_hooks")
        .selectAll()
        .where("token_hash", "=", tokenHash)
        .executeTakeFirst();
      return row === undefined ? null : toAlarmHook(row);
    },
    add: async ({ project, name, decoy, tokenHash, createdAtMs }) => {
      const { numInsertedOrUpdatedRows = 0n } = await database
        .insertInto("alarm_hooks")
        .values({ project, name, decoy, token_hash: tokenHash, created_at_ms: createdAtMs })
        .onConflict((conflict) => conflict.columns(["project", "name"]).doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows > 0n;
    },
    remove: async (project, name) => {
      const { numDeletedRows } = await database
        .deleteFrom("alarm_hooks")
        .where("project", "=", project)
        .where("name", "=", name)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

function toAlarmHook(row: Tables["alarm_hooks"]): AlarmHook {
  return {
    project: row.project,
    name: row.name,
    decoy: row.decoy,
    tokenHash: row.token_hash,
    createdAtMs: row.created_at_ms,
  };
}
