import type { Kysely } from "kysely";
import type { Audit, AuditRecord } from "../domain/ports/index.ts";
import { fromJson, toJson } from "./json-columns.ts";
import { nextInSequence } from "./next-in-sequence.ts";
import type { Tables } from "./tables.ts";

export function createAudit(database: Kysely<Tables>): Audit {
  return {
    add: async ({ project, atMs, actor, action, target, detail }) => {
      await database.transaction().execute(async (transaction) => {
        const sequence = await nextInSequence(transaction, "audit");
        await transaction
          .insertInto("audit_records")
          .values({ sequence, project, at_ms: atMs, actor, action, target, detail: toJson(detail) })
          .execute();
      });
    },
    list: async (project, limit) => {
      const rows = await database
        .selectFrom("audit_records")
        .selectAll()
        .where("project", project === null ? "is" : "=", project)
        .orderBy("sequence", "desc")
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        sequence: row.sequence,
        project: row.project,
        atMs: row.at_ms,
        actor: row.actor,
        action: row.action,
        target: row.target,
        detail: fromJson<AuditRecord["detail"]>(row.detail),
      }));
    },
  };
}
