import type { Kysely } from "kysely";
import type { DecoySecret, DecoySecrets } from "../domain/ports/index.ts";
import type { Tables } from "./tables.ts";

export function createDecoySecrets(database: Kysely<Tables>): DecoySecrets {
  return {
    list: async (project) => {
      const rows = await database
        .selectFrom("decoy_secrets")
        .selectAll()
        .where("project", "=", project)
        .orderBy("name")
        .execute();
      return rows.map(toDecoySecret);
    },
    add: async ({ project, name, note, digest, length, createdAtMs }) => {
      const { numInsertedOrUpdatedRows = 0n } = await database
        .insertInto("decoy_secrets")
        .values({ project, name, note, digest, value_length: length, created_at_ms: createdAtMs })
        .onConflict((conflict) => conflict.columns(["project", "name"]).doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows > 0n;
    },
    remove: async (project, name) => {
      const { numDeletedRows } = await database
        .deleteFrom("decoy_secrets")
        .where("project", "=", project)
        .where("name", "=", name)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

function toDecoySecret(row: Tables["decoy_secrets"]): DecoySecret {
  return {
    project: row.project,
    name: row.name,
    note: row.note,
    digest: row.digest,
    length: row.value_length,
    createdAtMs: row.created_at_ms,
  };
}
