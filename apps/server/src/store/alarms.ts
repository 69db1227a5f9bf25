import { type Kysely, sql } from "kysely";
import type { Alarm, Alarms } from "../domain/ports/index.ts";
import { fromJson, toJson } from "./json-columns.ts";
import type { Tables } from "./tables.ts";

/** The most that one alarm counts: sums stay whole numbers that are read exactly. */
const mostUses = 1_000_000_000_000;

export function createAlarms(database: Kysely<Tables>): Alarms {
  return {
    put: (alarm, most) =>
      database.transaction().execute(async (transaction) => {
        const uses = Math.min(alarm.count, mostUses);
        const { numUpdatedRows } = await transaction
          .updateTable("alarms")
          .set({ uses, last_at_ms: alarm.lastAtMs })
          .where("project", "=", alarm.project)
          .where("id", "=", alarm.id)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows > 0n) return true;
        if (!(await makeRoom(transaction, alarm, most))) return false;
        await transaction
          .insertInto("alarms")
          .values({
            project: alarm.project,
            id: alarm.id,
            kind: alarm.kind,
            decoy: alarm.decoy,
            place: alarm.where,
            who: toJson(alarm.who),
            uses,
            first_at_ms: alarm.firstAtMs,
            last_at_ms: alarm.lastAtMs,
            acknowledged_at_ms: alarm.acknowledgedAtMs,
            notice_tries: 0,
            notice_due_at_ms: alarm.firstAtMs,
          })
          .execute();
        return true;
      }),
    list: async (project, { open, limit }) => {
      let query = database.selectFrom("alarms").selectAll().where("project", "=", project);
      if (open) query = query.where("acknowledged_at_ms", "is", null);
      return (await query.orderBy("last_at_ms", "desc").orderBy("id").limit(limit).execute()).map(toAlarm);
    },
    get: async (project, id) => {
      const row = await database
        .selectFrom("alarms")
        .selectAll()
        .where("project", "=", project)
        .where("id", "=", id)
        .executeTakeFirst();
      return row === undefined ? null : toAlarm(row);
    },
    acknowledge: async (project, id, atMs) => {
      const { numUpdatedRows } = await database
        .updateTable("alarms")
        .set({ acknowledged_at_ms: sql<number>`coalesce(acknowledged_at_ms, ${atMs})` })
        .where("project", "=", project)
        .where("id", "=", id)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
    countOpen: async (project) => {
      const { open } = await database
        .selectFrom("alarms")
        .select(({ fn }) => fn.countAll().as("open"))
        .where("project", "=", project)
        .where("acknowledged_at_ms", "is", null)
        .executeTakeFirstOrThrow();
      return Number(open);
    },
    prune: async (beforeMs, acknowledgedBeforeMs) => {
      const { numDeletedRows } = await database
        .deleteFrom("alarms")
        .where(({ eb, or }) =>
          or([eb("last_at_ms", "<", beforeMs), eb("acknowledged_at_ms", "<", acknowledgedBeforeMs)]),
        )
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}

/** False where there is none to be made: then the uses went to the newest alarm of the same kind and decoy. */
async function makeRoom(database: Kysely<Tables>, alarm: Alarm, most: number): Promise<boolean> {
  const alike = await database
    .selectFrom("alarms")
    .select(["id", "acknowledged_at_ms"])
    .where("project", "=", alarm.project)
    .where("kind", "=", alarm.kind)
    .where("decoy", alarm.decoy === null ? "is" : "=", alarm.decoy)
    .orderBy("first_at_ms")
    .orderBy("id")
    .execute();
  if (alike.length < most) return true;
  const newest = alike.at(-1);
  const givesWay = alike.find(({ acknowledged_at_ms: at }) => at !== null);
  if (givesWay !== undefined) {
    await database.deleteFrom("alarms").where("project", "=", alarm.project).where("id", "=", givesWay.id).execute();
    return true;
  }
  if (newest === undefined) return true;
  await database
    .updateTable("alarms")
    .set(({ eb }) => ({
      uses: sql<number>`case when uses + ${sql.lit(alarm.count)} > ${sql.lit(mostUses)} then ${sql.lit(mostUses)} else uses + ${sql.lit(alarm.count)} end`,
      last_at_ms: eb
        .case()
        .when("last_at_ms", "<", alarm.lastAtMs)
        .then(alarm.lastAtMs)
        .else(eb.ref("last_at_ms"))
        .end(),
    }))
    .where("project", "=", alarm.project)
    .where("id", "=", newest.id)
    .execute();
  return false;
}

/** The row of an alarm, without what is told of it. */
export function toAlarm(row: Tables["alarms"]): Alarm {
  return {
    project: row.project,
    id: row.id,
    kind: row.kind as Alarm["kind"],
    decoy: row.decoy,
    where: row.place as Alarm["where"],
    who: fromJson<Alarm["who"]>(row.who),
    count: row.uses,
    firstAtMs: row.first_at_ms,
    lastAtMs: row.last_at_ms,
    acknowledgedAtMs: row.acknowledged_at_ms,
  };
}
