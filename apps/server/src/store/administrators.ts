import type { Kysely } from "kysely";
import type { Administrator, Administrators } from "../domain/ports/index.ts";
import type { Tables } from "./tables.ts";

export function createAdministrators(database: Kysely<Tables>): Administrators {
  return {
    byTokenHash: async (tokenHash) => {
      const row = await database
        .selectFrom("administrators")
        .selectAll()
        .where("token_hash", "=", tokenHash)
        .executeTakeFirst();
      return row === undefined ? null : toAdministrator(row);
    },
    list: async () =>
      (await database.selectFrom("administrators").selectAll().orderBy("created_at_ms").orderBy("id").execute()).map(
        toAdministrator,
      ),
    remove: (id) =>
      database.transaction().execute(async (transaction) => {
        // Whoever was added spent the bootstrap token: its row is there, and holding it lets removals pass one after the other.
        await transaction
          .updateTable("bootstrap_token")
          .set(({ ref }) => ({ slot: ref("slot") }))
          .execute();
        const ids = (await transaction.selectFrom("administrators").select("id").execute()).map((row) => row.id);
        if (!ids.includes(id)) return "unknown";
        if (ids.length === 1) return "last";
        await transaction.deleteFrom("administrators").where("id", "=", id).execute();
        return "removed";
      }),
  };
}

function toAdministrator(row: Tables["administrators"]): Administrator {
  return { id: row.id, name: row.name, tokenHash: row.token_hash, createdAtMs: row.created_at_ms };
}
