import { type Kysely, sql } from "kysely";
import type { Traffic } from "../domain/ports/index.ts";
import type { Tables } from "./tables.ts";

/** The most that one count of one hour holds: sums of years of them stay whole numbers that are read exactly. */
const mostRequests = 1_000_000_000_000;

export function createTraffic(database: Kysely<Tables>): Traffic {
  return {
    add: ({ project, verifier, api, nonce, atMs, hourMs, counts }) =>
      database.transaction().execute(async (transaction) => {
        const { numInsertedOrUpdatedRows = 0n } = await transaction
          .insertInto("traffic_reports")
          .values({ project, verifier, nonce, at_ms: atMs })
          .onConflict((conflict) => conflict.columns(["project", "verifier", "nonce"]).doNothing())
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows === 0n) return false;
        // In one order for everybody: two reports of one hour must not wait for each other.
        const names = Object.keys(counts).toSorted();
        for (const name of names) {
          const requests = Math.min(counts[name] ?? 0, mostRequests);
          if (requests === 0) continue;
          await transaction
            .insertInto("traffic_counts")
            .values({ project, api, hour_ms: hourMs, name, requests })
            .onConflict((conflict) =>
              conflict.columns(["project", "api", "hour_ms", "name"]).doUpdateSet({
                requests: sql<number>`case when traffic_counts.requests + excluded.requests > ${sql.lit(mostRequests)} then ${sql.lit(mostRequests)} else traffic_counts.requests + excluded.requests end`,
              }),
            )
            .execute();
        }
        return true;
      }),
    sums: async (project, api, fromMs, toMs) => {
      const rows = await database
        .selectFrom("traffic_counts")
        .select(["name", "requests"])
        .where("project", "=", project)
        .where("api", "=", api)
        .where("hour_ms", ">=", fromMs)
        .where("hour_ms", "<", toMs)
        .execute();
      const sums = new Map<string, number>();
      for (const { name, requests } of rows) sums.set(name, (sums.get(name) ?? 0) + requests);
      return Object.fromEntries(sums);
    },
    prune: async (countsBeforeMs, reportsBeforeMs) => {
      const counts = await database
        .deleteFrom("traffic_counts")
        .where("hour_ms", "<", countsBeforeMs)
        .executeTakeFirstOrThrow();
      const reports = await database
        .deleteFrom("traffic_reports")
        .where("at_ms", "<", reportsBeforeMs)
        .executeTakeFirstOrThrow();
      return Number(counts.numDeletedRows + reports.numDeletedRows);
    },
  };
}
