import type { Kysely } from "kysely";
import type { DevelopmentKey, DevelopmentKeys } from "../domain/ports/index.ts";
import type { Tables } from "./tables.ts";

export function createDevelopmentKeys(database: Kysely<Tables>): DevelopmentKeys {
  return {
    list: async (project) => {
      const rows = await database
        .selectFrom("development_keys")
        .selectAll()
        .where("project", "=", project)
        .orderBy("name")
        .orderBy("created_at_ms")
        .orderBy("id")
        .execute();
      return rows.map(toDevelopmentKey);
    },
    add: async (key) => {
      const { numInsertedOrUpdatedRows = 0n } = await database
        .insertInto("development_keys")
        .values({
          project: key.project,
          id: key.id,
          name: key.name,
          secret: key.secret,
          quota: key.quota,
          per_day: key.perDay,
          enrolled: key.enrolled,
          created_at_ms: key.createdAtMs,
          expires_at_ms: key.expiresAtMs,
          revoked_at_ms: key.revokedAtMs,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows > 0n;
    },
    revoke: async (project, name, atMs) => {
      const { numUpdatedRows } = await database
        .updateTable("development_keys")
        .set({ revoked_at_ms: atMs })
        .where("project", "=", project)
        .where("name", "=", name)
        .where("revoked_at_ms", "is", null)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
    countEnrolment: async (project, id) => {
      const { numUpdatedRows } = await database
        .updateTable("development_keys")
        .set(({ eb }) => ({ enrolled: eb("enrolled", "+", 1) }))
        .where("project", "=", project)
        .where("id", "=", id)
        .where("revoked_at_ms", "is", null)
        .whereRef("enrolled", "<", "quota")
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
  };
}

function toDevelopmentKey(row: Tables["development_keys"]): DevelopmentKey {
  return {
    project: row.project,
    id: row.id,
    name: row.name,
    secret: row.secret,
    quota: row.quota,
    perDay: row.per_day,
    enrolled: row.enrolled,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    revokedAtMs: row.revoked_at_ms,
  };
}
