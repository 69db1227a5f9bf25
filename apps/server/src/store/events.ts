import type { Kysely } from "kysely";
import type { Events, VerdictEvent } from "../domain/ports/index.ts";
import type { Tables } from "./tables.ts";

/** Both databases bound the parameters of a statement. */
const eventsPerStatement = 500;

export function createEvents(database: Kysely<Tables>): Events {
  return {
    add: async (events) => {
      if (events.length === 0) return;
      await database.transaction().execute(async (transaction) => {
        for (let at = 0; at < events.length; at += eventsPerStatement) {
          await transaction
            .insertInto("verdict_events")
            .values(events.slice(at, at + eventsPerStatement).map(eventRow))
            .execute();
        }
      });
    },
    countActive: async (project, fromMs, toMs) => {
      const rows = await database
        .selectFrom("verdict_events")
        .select(({ fn }) => ["platform", fn.count<number>("subject").distinct().as("active")])
        .where("project", "=", project)
        .where("at_ms", ">=", fromMs)
        .where("at_ms", "<", toMs)
        .where("verdict", "=", "trusted")
        .where("subject", "is not", null)
        .groupBy("platform")
        .execute();
      return Object.fromEntries(rows.map((row) => [row.platform, row.active]));
    },
    countVerdicts: async (project, fromMs, toMs) => {
      const rows = await database
        .selectFrom("verdict_events")
        .select(({ fn }) => ["verdict", fn.countAll<number>().as("events")])
        .where("project", "=", project)
        .where("at_ms", ">=", fromMs)
        .where("at_ms", "<", toMs)
        .groupBy("verdict")
        .execute();
      return Object.fromEntries(rows.map((row) => [row.verdict, row.events]));
    },
    countDecoys: async (project, fromMs, toMs) => {
      const { decoys } = await database
        .selectFrom("verdict_events")
        .select(({ fn }) => fn.countAll<number>().as("decoys"))
        .where("project", "=", project)
        .where("at_ms", ">=", fromMs)
        .where("at_ms", "<", toMs)
        .where("decoy", "=", 1)
        .executeTakeFirstOrThrow();
      return decoys;
    },
    prune: async (beforeMs) => {
      const { numDeletedRows } = await database
        .deleteFrom("verdict_events")
        .where("at_ms", "<", beforeMs)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}

function eventRow(event: VerdictEvent): Tables["verdict_events"] {
  return {
    project: event.project,
    at_ms: event.atMs,
    app: event.app,
    platform: event.platform,
    verdict: event.verdict,
    reason: event.reason,
    subject: event.subject,
    asked_for: event.use,
    decoy: event.decoy === true ? 1 : 0,
  };
}
