import type { Kysely } from "kysely";
import type { AlarmNotices } from "../domain/ports/index.ts";
import { toAlarm } from "./alarms.ts";
import type { Tables } from "./tables.ts";

export function createAlarmNotices(database: Kysely<Tables>): AlarmNotices {
  return {
    target: async (project) =>
      (
        await database
          .selectFrom("alarm_targets")
          .select("sealed_target")
          .where("project", "=", project)
          .executeTakeFirst()
      )?.sealed_target ?? null,
    setTarget: async (project, sealed) => {
      if (sealed === null) {
        await database.deleteFrom("alarm_targets").where("project", "=", project).execute();
        return;
      }
      await database
        .insertInto("alarm_targets")
        .values({ project, sealed_target: sealed })
        .onConflict((conflict) => conflict.column("project").doUpdateSet({ sealed_target: sealed }))
        .execute();
    },
    due: async (project, nowMs, limit) => {
      const rows = await database
        .selectFrom("alarms")
        .selectAll()
        .where("project", "=", project)
        .where("notice_due_at_ms", "<=", nowMs)
        .orderBy("notice_due_at_ms")
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map((row) => ({ alarm: toAlarm(row), tries: row.notice_tries }));
    },
    settle: async ({ project, id }, tries, dueAtMs) => {
      await database
        .updateTable("alarms")
        .set({ notice_tries: tries, notice_due_at_ms: dueAtMs })
        .where("project", "=", project)
        .where("id", "=", id)
        .execute();
    },
  };
}
