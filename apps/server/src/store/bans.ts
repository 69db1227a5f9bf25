import type { Kysely } from "kysely";
import type { Ban, Bans } from "../domain/ports/index.ts";
import { nextInSequence } from "./next-in-sequence.ts";
import type { Tables } from "./tables.ts";

export function createBans(database: Kysely<Tables>): Bans {
  return {
    add: (ban) =>
      database.transaction().execute(async (transaction) => {
        const added: Ban = { ...ban, sequence: await nextInSequence(transaction, "bans"), liftedAtMs: null };
        await transaction.insertInto("bans").values(banRow(added)).execute();
        return added;
      }),
    lift: (project, by, target, atMs) =>
      database.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable("bans")
          .set({ lifted_at_ms: atMs })
          .where("project", "=", project)
          .where("banned_by", "=", by)
          .where("target", "=", target)
          .where("lifted_at_ms", "is", null)
          .where((where) => where.or([where("until_ms", "is", null), where("until_ms", ">", atMs)]))
          .executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) return false;
        await nextInSequence(transaction, "bans");
        return true;
      }),
    active: async (nowMs) => {
      const rows = await database
        .selectFrom("bans")
        .selectAll()
        .where("lifted_at_ms", "is", null)
        .where((where) => where.or([where("until_ms", "is", null), where("until_ms", ">", nowMs)]))
        .orderBy("sequence")
        .execute();
      return rows.map(toBan);
    },
    sequence: async () => {
      const { value } = await database
        .selectFrom("sequences")
        .select("value")
        .where("name", "=", "bans")
        .executeTakeFirstOrThrow();
      return value;
    },
  };
}

function banRow(ban: Ban): Tables["bans"] {
  return {
    project: ban.project,
    sequence: ban.sequence,
    kind: ban.kind,
    banned_by: ban.by,
    target: ban.target,
    reason: ban.reason,
    created_at_ms: ban.createdAtMs,
    until_ms: ban.untilMs,
    lifted_at_ms: ban.liftedAtMs,
  };
}

function toBan(row: Tables["bans"]): Ban {
  return {
    project: row.project,
    sequence: row.sequence,
    kind: row.kind as Ban["kind"],
    by: row.banned_by as Ban["by"],
    target: row.target,
    reason: row.reason,
    createdAtMs: row.created_at_ms,
    untilMs: row.until_ms,
    liftedAtMs: row.lifted_at_ms,
  };
}
