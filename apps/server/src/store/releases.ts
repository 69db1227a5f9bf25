import type { Kysely } from "kysely";
import type { Release, Releases } from "../domain/ports/index.ts";
import type { Tables } from "./tables.ts";

export function createReleases(database: Kysely<Tables>): Releases {
  return {
    list: async (project) =>
      (
        await database
          .selectFrom("releases")
          .selectAll()
          .where("project", "=", project)
          .orderBy("app")
          .orderBy("platform")
          .orderBy("version")
          .execute()
      ).map(toRelease),
    put: async ({ project, app, platform, version, status, expiresAtMs, createdAtMs }) => {
      const values = { status, expires_at_ms: expiresAtMs, created_at_ms: createdAtMs };
      await database
        .insertInto("releases")
        .values({ project, app, platform, version, ...values })
        .onConflict((conflict) => conflict.columns(["project", "app", "platform", "version"]).doUpdateSet(values))
        .execute();
    },
    remove: async ({ project, app, platform, version }) => {
      const { numDeletedRows } = await database
        .deleteFrom("releases")
        .where("project", "=", project)
        .where("app", "=", app)
        .where("platform", "=", platform)
        .where("version", "=", version)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

function toRelease(row: Tables["releases"]): Release {
  return {
    project: row.project,
    app: row.app,
    platform: row.platform as Release["platform"],
    version: row.version,
    status: row.status as Release["status"],
    expiresAtMs: row.expires_at_ms,
    createdAtMs: row.created_at_ms,
  };
}
