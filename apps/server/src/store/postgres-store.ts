import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { codeOf } from "../data-folder/prepare-data-folder.ts";
import { StartError } from "../data-folder/start-error.ts";
import type { RecordStore } from "../domain/ports/index.ts";
import { migrate } from "./migrate.ts";
import { createRecordStore } from "./record-store.ts";
import type { Tables } from "./tables.ts";

const oldestServer = 150_000;

/**
 * Opens the record in a PostgreSQL database, version 15 or newer.
 *
 * @throws StartError `database_unreachable` (the message never holds the address, which may hold a password), `database_too_old`,
 * `database_too_new`, `database_unusable` (its user may not create tables).
 */
export async function openPostgresStore({ url }: { readonly url: string }): Promise<RecordStore> {
  const pool = openPool(url);
  // A connection lost while idle is opened anew at the next query, which reports its own failure.
  pool.on("error", () => {});
  // Nor does one lost in the middle of a query end the process: the query fails, and says so.
  pool.on("connect", (client) => {
    client.on("error", () => {});
  });
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await checkServer(database);
    await migrate(database, "postgres").catch((error: unknown) => {
      throw error instanceof StartError ? error : unusable(codeOf(error));
    });
  } catch (error) {
    await database.destroy();
    throw error;
  }
  return createRecordStore(database);
}

function openPool(url: string): pg.Pool {
  try {
    return new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 5000, types: { getTypeParser } });
  } catch {
    throw unreachable("malformed address");
  }
}

async function checkServer(database: Kysely<Tables>): Promise<void> {
  const answer = await sql<{ version: string }>`select current_setting('server_version_num') as version`
    .execute(database)
    .catch((error: unknown) => {
      throw unreachable(codeOf(error));
    });
  const version = Number(answer.rows[0]?.version);
  if (!(version >= oldestServer)) {
    throw new StartError(
      "database_too_old",
      `The database server has version ${Math.floor(version / 10_000)}.`,
      "Use PostgreSQL 15 or newer.",
    );
  }
}

function unreachable(why: string): StartError {
  return new StartError(
    "database_unreachable",
    `The database does not answer (${why}).`,
    "Check the database address, its user and its password.",
  );
}

function unusable(why: string): StartError {
  return new StartError(
    "database_unusable",
    `The database cannot be brought to this release's form (${why}).`,
    "Let its user create tables in the schema.",
  );
}

/** `bigint` as a number, which all of ours fit; anything larger is a failure, not a rounded value. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: "text" | "binary") => {
  if (oid === pg.types.builtins.INT8 && format !== "binary") return toSafeInteger;
  return pg.types.getTypeParser(oid, format as "text");
};

function toSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError("A number in the database is outside the safe integers.");
  return value;
}
