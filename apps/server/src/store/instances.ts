import { type Kysely, sql } from "kysely";
import type { Instance, Instances } from "../domain/ports/index.ts";
import { fromJson, toJson } from "./json-columns.ts";
import type { Tables } from "./tables.ts";

/** Both databases bound the parameters of a statement. */
const serialsPerQuery = 500;

export function createInstances(database: Kysely<Tables>): Instances {
  return {
    get: async (project, instance) => {
      const row = await database
        .selectFrom("instances")
        .selectAll()
        .where("project", "=", project)
        .where("instance", "=", instance)
        .executeTakeFirst();
      return row === undefined ? null : toInstance(row);
    },
    put: async (record) => {
      const row = instanceRow(record);
      const { project, instance, subject: _subject, created_at_ms: _createdAtMs, ...updated } = row;
      return database.transaction().execute(async (transaction) => {
        const stored = await transaction
          .insertInto("instances")
          .values(row)
          .onConflict((conflict) =>
            conflict.columns(["project", "instance"]).doUpdateSet({
              ...updated,
              counter: sql<number>`case when instances.counter > excluded.counter then instances.counter else excluded.counter end`,
            }),
          )
          .returningAll()
          .executeTakeFirstOrThrow();
        await transaction
          .deleteFrom("instance_serials")
          .where("project", "=", project)
          .where("instance", "=", instance)
          .execute();
        const rows = [...new Set(record.serials)].map((serial) => ({ project, instance, serial }));
        if (rows.length > 0) await transaction.insertInto("instance_serials").values(rows).execute();
        return toInstance(stored);
      });
    },
    touch: async (project, instance, counter, lastSeenAtMs) => {
      await database
        .updateTable("instances")
        .set({
          counter: sql<number>`case when counter > ${counter} then counter else ${counter} end`,
          last_seen_at_ms: sql<number>`case when last_seen_at_ms > ${lastSeenAtMs} then last_seen_at_ms else ${lastSeenAtMs} end`,
        })
        .where("project", "=", project)
        .where("instance", "=", instance)
        .execute();
    },
    withSerials: async (serials) => {
      const found = new Map<string, Instance>();
      for (let at = 0; at < serials.length; at += serialsPerQuery) {
        const rows = await database
          .selectFrom("instances")
          .innerJoin("instance_serials", (join) =>
            join
              .onRef("instance_serials.project", "=", "instances.project")
              .onRef("instance_serials.instance", "=", "instances.instance"),
          )
          .selectAll("instances")
          .where("instance_serials.serial", "in", serials.slice(at, at + serialsPerQuery))
          .execute();
        for (const row of rows) found.set(JSON.stringify([row.project, row.instance]), toInstance(row));
      }
      return [...found.values()];
    },
  };
}

function instanceRow(instance: Instance): Tables["instances"] {
  return {
    project: instance.project,
    instance: instance.instance,
    app: instance.app,
    platform: instance.platform,
    attested_key: instance.attestedKey,
    instance_key: instance.instanceKey,
    subject: instance.subject,
    facts: toJson(instance.facts),
    facts_version: instance.factsVersion,
    evidence_at_ms: instance.evidenceAtMs,
    serials: toJson(instance.serials),
    batch: instance.batch,
    counter: instance.counter,
    created_at_ms: instance.createdAtMs,
    last_seen_at_ms: instance.lastSeenAtMs,
  };
}

function toInstance(row: Tables["instances"]): Instance {
  return {
    project: row.project,
    instance: row.instance,
    app: row.app,
    platform: row.platform as Instance["platform"],
    attestedKey: row.attested_key,
    instanceKey: row.instance_key,
    subject: row.subject,
    facts: fromJson<Instance["facts"]>(row.facts),
    factsVersion: row.facts_version,
    evidenceAtMs: row.evidence_at_ms,
    serials: fromJson<Instance["serials"]>(row.serials),
    batch: row.batch,
    counter: row.counter,
    createdAtMs: row.created_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
  };
}
