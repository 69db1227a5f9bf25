import type { Kysely } from "kysely";
import type { App, Apps } from "../domain/ports/index.ts";
import { fromNullableJson, toJson } from "./json-columns.ts";
import type { Tables } from "./tables.ts";

export function createApps(database: Kysely<Tables>): Apps {
  return {
    list: async (project) =>
      (await database.selectFrom("apps").selectAll().where("project", "=", project).orderBy("id").execute()).map(toApp),
    get: async (project, id) => {
      const row = await database
        .selectFrom("apps")
        .selectAll()
        .where("project", "=", project)
        .where("id", "=", id)
        .executeTakeFirst();
      return row === undefined ? null : toApp(row);
    },
    put: async (app) => {
      const { project, id, ...values } = appRow(app);
      await database
        .insertInto("apps")
        .values({ project, id, ...values })
        .onConflict((conflict) => conflict.columns(["project", "id"]).doUpdateSet(values))
        .execute();
    },
    remove: async (project, id) => {
      const { numDeletedRows } = await database
        .deleteFrom("apps")
        .where("project", "=", project)
        .where("id", "=", id)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

function appRow(app: App): Tables["apps"] {
  return {
    project: app.project,
    id: app.id,
    created_at_ms: app.createdAtMs,
    ios: toJson(app.ios),
    android: toJson(app.android),
    web: toJson(app.web),
    releases: app.releases,
  };
}

function toApp(row: Tables["apps"]): App {
  return {
    project: row.project,
    id: row.id,
    createdAtMs: row.created_at_ms,
    ios: fromNullableJson<NonNullable<App["ios"]>>(row.ios),
    android: fromNullableJson<NonNullable<App["android"]>>(row.android),
    web: fromNullableJson<NonNullable<App["web"]>>(row.web),
    releases: row.releases as App["releases"],
  };
}
