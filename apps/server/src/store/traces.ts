import { type Kysely, sql } from "kysely";
import type { Trace, Traces } from "../domain/ports/index.ts";
import { fromJson, toJson } from "./json-columns.ts";
import type { Tables } from "./tables.ts";

export function createTraces(database: Kysely<Tables>): Traces {
  return {
    add: async (trace) => {
      await database.insertInto("traces").values(traceRow(trace)).execute();
    },
    get: async (project, arc) => {
      const row = await database
        .selectFrom("traces")
        .selectAll()
        .where("project", "=", project)
        .where("arc", "=", arc)
        .executeTakeFirst();
      return row === undefined ? null : toTrace(row);
    },
    prune: async (beforeMs, keep) => {
      const aged = await database.deleteFrom("traces").where("at_ms", "<", beforeMs).executeTakeFirstOrThrow();
      const surplus = await sql`
        delete from traces where (project, arc) in (
          select project, arc
          from (
            select traces.project, traces.arc, row_number() over (
              partition by
                traces.project,
                instances.instance is null,
                traces.verdict = 'refused',
                traces.platform = 'web'
              order by traces.at_ms desc, traces.arc
            ) as place
            from traces
            left join instances on instances.project = traces.project and instances.instance = traces.instance
          ) as placed
          where place > ${keep}
        )`.execute(database);
      return Number(aged.numDeletedRows + (surplus.numAffectedRows ?? 0n));
    },
  };
}

function traceRow(trace: Trace): Tables["traces"] {
  return {
    project: trace.project,
    arc: trace.arc,
    at_ms: trace.atMs,
    asked_for: trace.use,
    verdict: trace.verdict,
    reasons: toJson(trace.reasons),
    checks: toJson(trace.checks),
    app: trace.app,
    platform: trace.platform,
    instance: trace.instance,
    signals: toJson(trace.signals),
    decoy: trace.decoy === true ? 1 : 0,
  };
}

function toTrace(row: Tables["traces"]): Trace {
  return {
    project: row.project,
    arc: row.arc,
    atMs: row.at_ms,
    use: row.asked_for as Trace["use"],
    verdict: row.verdict as Trace["verdict"],
    reasons: fromJson<Trace["reasons"]>(row.reasons),
    checks: fromJson<Trace["checks"]>(row.checks),
    app: row.app,
    platform: row.platform,
    instance: row.instance,
    signals: fromJson<Trace["signals"]>(row.signals),
    ...(row.decoy === 1 ? { decoy: true } : {}),
  };
}
