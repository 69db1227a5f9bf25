import { type Kysely, sql } from "kysely";
import type { Chains, WatchedChain } from "../domain/ports/index.ts";
import { fromJson, toJson } from "./json-columns.ts";
import type { Tables } from "./tables.ts";

export function createChains(database: Kysely<Tables>): Chains {
  return {
    list: async (project) => {
      const rows = await database
        .selectFrom("api_chains")
        .selectAll()
        .where("project", "=", project)
        .orderBy("api")
        .execute();
      return rows.flatMap(toWatchedChain);
    },
    get: async (project, api) => {
      const rows = await database
        .selectFrom("api_chains")
        .selectAll()
        .where("project", "=", project)
        .where("api", "=", api)
        .execute();
      return rows.flatMap(toWatchedChain)[0] ?? null;
    },
    due: async (nowMs, limit) =>
      database
        .selectFrom("protected_apis")
        .leftJoin("api_chains", (join) =>
          join
            .onRef("api_chains.project", "=", "protected_apis.project")
            .onRef("api_chains.api", "=", "protected_apis.id"),
        )
        .select(["protected_apis.project as project", "protected_apis.id as api"])
        .where(({ eb, or }) => or([eb("api_chains.due_at_ms", "is", null), eb("api_chains.due_at_ms", "<=", nowMs)]))
        .orderBy(({ fn }) => fn.coalesce("api_chains.due_at_ms", sql.lit(0)))
        .orderBy("protected_apis.project")
        .orderBy("protected_apis.id")
        .limit(limit)
        .execute(),
    claim: async (project, api, nowMs, untilMs) => {
      const { numInsertedOrUpdatedRows = 0n } = await database
        .insertInto("api_chains")
        .values({ project, api, due_at_ms: untilMs })
        .onConflict((conflict) =>
          conflict
            .columns(["project", "api"])
            .doUpdateSet({ due_at_ms: untilMs })
            .where("api_chains.due_at_ms", "<=", nowMs),
        )
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows > 0n;
    },
    put: async ({ project, api, checkedAtMs, changedAtMs, certificates, findings }, due) => {
      const { numUpdatedRows } = await database
        .updateTable("api_chains")
        .set({
          due_at_ms: due.dueAtMs,
          checked_at_ms: checkedAtMs,
          changed_at_ms: changedAtMs,
          certificates: toJson(certificates),
          findings: toJson(findings),
        })
        .where("project", "=", project)
        .where("api", "=", api)
        .where("due_at_ms", "=", due.claimedUntilMs)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
    forget: async (project, api) => {
      await database.deleteFrom("api_chains").where("project", "=", project).where("api", "=", api).execute();
    },
  };
}

/** One that was claimed and not yet looked at has no result. */
function toWatchedChain(row: Tables["api_chains"]): WatchedChain[] {
  if (row.checked_at_ms === null || row.certificates === null || row.findings === null) return [];
  return [
    {
      project: row.project,
      api: row.api,
      checkedAtMs: row.checked_at_ms,
      changedAtMs: row.changed_at_ms,
      certificates: fromJson<WatchedChain["certificates"]>(row.certificates),
      findings: fromJson<WatchedChain["findings"]>(row.findings),
    },
  ];
}
