import { type Kysely, sql } from "kysely";
import { StartError } from "../data-folder/start-error.ts";
import { migrations } from "./migrations/index.ts";
import type { Tables } from "./tables.ts";

/** Any number; every node of a PostgreSQL database takes the same lock. */
const lockId = 0x636f756e;

/**
 * Brings the record to this release's form, in one transaction: a start that dies leaves the form it found.
 *
 * @throws StartError `database_too_new` where a newer release has been here.
 */
export async function migrate(database: Kysely<Tables>, dialect: "sqlite" | "postgres"): Promise<void> {
  const text = dialect === "postgres" ? `text collate "C"` : "text";
  await database.transaction().execute(async (transaction) => {
    if (dialect === "postgres") await sql`select pg_advisory_xact_lock(${sql.lit(lockId)})`.execute(transaction);
    await sql`create table if not exists schema_versions (version integer primary key, name text not null)`.execute(
      transaction,
    );
    const { version: held } = await transaction
      .selectFrom("schema_versions")
      .select(({ fn }) => fn.coalesce(fn.max("version"), sql<number>`0`).as("version"))
      .executeTakeFirstOrThrow();
    const known = migrations.at(-1)?.version ?? 0;
    if (held > known) {
      throw new StartError(
        "database_too_new",
        `The database has form ${held}; this release knows form ${known}.`,
        "Start the newer release, or restore a backup.",
      );
    }
    for (const migration of migrations.filter(({ version }) => version > held)) {
      for (const statement of migration.statements(text)) await sql.raw(statement).execute(transaction);
      await transaction
        .insertInto("schema_versions")
        .values({ version: migration.version, name: migration.name })
        .execute();
    }
  });
}
