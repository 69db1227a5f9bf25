import type { Kysely } from "kysely";
import type { Verifier, Verifiers } from "../domain/ports/index.ts";
import { fromNullableJson, toJson } from "./json-columns.ts";
import type { Tables } from "./tables.ts";

export function createVerifiers(database: Kysely<Tables>): Verifiers {
  return {
    list: async (project) =>
      (await database.selectFrom("verifiers").selectAll().where("project", "=", project).orderBy("name").execute()).map(
        toVerifier,
      ),
    byTokenHash: async (tokenHash) => {
      const row = await database
        .selectFrom("verifiers")
        .selectAll()
        .where("token_hash", "=", tokenHash)
        .executeTakeFirst();
      return row === undefined ? null : toVerifier(row);
    },
    add: async ({ project, name, api, tokenHash, createdAtMs, injections }) => {
      const { numInsertedOrUpdatedRows = 0n } = await database
        .insertInto("verifiers")
        .values({
          project,
          name,
          api,
          token_hash: tokenHash,
          created_at_ms: createdAtMs,
          injections: injections.length === 0 ? null : toJson(injections),
        })
        .onConflict((conflict) => conflict.columns(["project", "name"]).doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows > 0n;
    },
    remove: async (project, name) => {
      const { numDeletedRows } = await database
        .deleteFrom("verifiers")
        .where("project", "=", project)
        .where("name", "=", name)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

function toVerifier(row: Tables["verifiers"]): Verifier {
  return {
    project: row.project,
    name: row.name,
    api: row.api,
    tokenHash: row.token_hash,
    createdAtMs: row.created_at_ms,
    injections: fromNullableJson<Verifier["injections"]>(row.injections) ?? [],
  };
}
