import type { Kysely } from "kysely";
import type { BrokerCredential, Brokers } from "../domain/ports/index.ts";
import type { Tables } from "./tables.ts";

export function createBrokers(database: Kysely<Tables>): Brokers {
  return {
    list: async (project) =>
      (await database.selectFrom("brokers").selectAll().where("project", "=", project).orderBy("name").execute()).map(
        toBroker,
      ),
    byKid: async (kid) => {
      const row = await database.selectFrom("brokers").selectAll().where("kid", "=", kid).executeTakeFirst();
      return row === undefined ? null : toBroker(row);
    },
    add: async ({ project, name, origin, inUse, kid, point, createdAtMs }) => {
      const { numInsertedOrUpdatedRows = 0n } = await database
        .insertInto("brokers")
        .values({
          project,
          name,
          origin,
          in_use: inUse ? 1 : 0,
          kid,
          point,
          created_at_ms: createdAtMs,
        })
        .onConflict((conflict) => conflict.columns(["project", "name"]).doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows > 0n;
    },
    use: (project, name) =>
      database.transaction().execute(async (transaction) => {
        await transaction.updateTable("brokers").set({ in_use: 0 }).where("project", "=", project).execute();
        if (name === null) return true;
        const { numUpdatedRows } = await transaction
          .updateTable("brokers")
          .set({ in_use: 1 })
          .where("project", "=", project)
          .where("name", "=", name)
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),
    remove: async (project, name) => {
      const { numDeletedRows } = await database
        .deleteFrom("brokers")
        .where("project", "=", project)
        .where("name", "=", name)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

function toBroker(row: Tables["brokers"]): BrokerCredential {
  return {
    project: row.project,
    name: row.name,
    origin: row.origin,
    inUse: row.in_use === 1,
    kid: row.kid,
    point: row.point,
    createdAtMs: row.created_at_ms,
  };
}
