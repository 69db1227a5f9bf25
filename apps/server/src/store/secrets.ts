import type { SecretTerms } from "@countersign/broker";
import type { Kysely } from "kysely";
import type { Recipe, Secret, Secrets } from "../domain/ports/index.ts";
import { fromJson, fromNullableJson, toJson } from "./json-columns.ts";
import type { Tables } from "./tables.ts";

export function createSecrets(database: Kysely<Tables>): Secrets {
  return {
    list: async (project) =>
      (await database.selectFrom("secrets").selectAll().where("project", "=", project).orderBy("name").execute()).map(
        toSecret,
      ),
    get: async (project, name) => {
      const row = await database
        .selectFrom("secrets")
        .selectAll()
        .where("project", "=", project)
        .where("name", "=", name)
        .executeTakeFirst();
      return row === undefined ? null : toSecret(row);
    },
    put: async (secret) => {
      const { project, name, ...values } = secretRow(secret);
      if (secret.version === 1) {
        const { numInsertedOrUpdatedRows } = await database
          .insertInto("secrets")
          .values({ project, name, ...values })
          .onConflict((conflict) => conflict.columns(["project", "name"]).doNothing())
          .executeTakeFirstOrThrow();
        return numInsertedOrUpdatedRows === 1n;
      }
      const { numUpdatedRows } = await database
        .updateTable("secrets")
        .set(values)
        .where("project", "=", project)
        .where("name", "=", name)
        .where("version", "=", secret.version - 1)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
    remove: async (project, name) => {
      const { numDeletedRows } = await database
        .deleteFrom("secrets")
        .where("project", "=", project)
        .where("name", "=", name)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

function secretRow(secret: Secret): Tables["secrets"] {
  return {
    project: secret.project,
    name: secret.name,
    version: secret.version,
    mode: secret.mode,
    sealed_value: secret.value,
    places: toJson(secret.places),
    apps: toJson(secret.apps),
    updated_at_ms: secret.updatedAtMs,
    sealed_canary: secret.canary ?? null,
    terms: toJson(secret.terms ?? null),
    recipe: toJson(secret.recipe ?? null),
  };
}

function toSecret(row: Tables["secrets"]): Secret {
  return {
    project: row.project,
    name: row.name,
    version: row.version,
    mode: row.mode as Secret["mode"],
    value: row.sealed_value,
    places: fromJson<Secret["places"]>(row.places),
    apps: fromNullableJson<NonNullable<Secret["apps"]>>(row.apps),
    updatedAtMs: row.updated_at_ms,
    ...(row.sealed_canary === null ? {} : { canary: row.sealed_canary }),
    ...(row.terms === null ? {} : { terms: fromNullableJson<SecretTerms>(row.terms) }),
    ...(row.recipe === null ? {} : { recipe: fromNullableJson<Recipe>(row.recipe) }),
  };
}
