import pg from "pg";
import { codeOf } from "../data-folder/prepare-data-folder.ts";
import { StartError } from "../data-folder/start-error.ts";

/** Names the lock among the database's advisory locks: the first eight bytes of SHA-256 of `countersign-one-service`, as a signed integer. */
const lockName = "-4975147667132383890";

const maxTries = 15;
const betweenTriesMs = 200;

/** One service's hold on a database. It ends with the connection that took it. */
export interface DatabaseHold {
  /** False once the connection was lost: somebody else may hold the database now. */
  isHeld(): boolean;
  release(): Promise<void>;
}

/**
 * Takes the database for this service alone, with a session-level advisory lock. While the ledger of spent challenges is one process's memory, two
 * services on one database would each accept a challenge that the other has spent.
 *
 * @throws StartError `database_locked` where another service holds it, `database_unreachable` where it does not answer.
 */
export async function holdDatabase({ url }: { readonly url: string }): Promise<DatabaseHold> {
  const client = connectTo(url);
  let held = false;
  client.on("error", () => {
    held = false;
  });
  client.on("end", () => {
    held = false;
  });
  try {
    await client.connect();
    held = await takeLock(client);
  } catch (error) {
    await client.end().catch(() => {});
    throw unreachable(codeOf(error));
  }
  if (!held) {
    await client.end();
    throw new StartError(
      "database_locked",
      "The database is in use by another service.",
      "Stop the other service, or name another database.",
    );
  }
  return { isHeld: () => held, release: () => client.end() };
}

/** The database may still be ending the connection of a service that has just stopped, so the lock is asked for over a few seconds. */
async function takeLock(client: pg.Client): Promise<boolean> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, betweenTriesMs));
    const answer = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1::bigint) as taken", [
      lockName,
    ]);
    if (answer.rows[0]?.taken === true) return true;
  }
  return false;
}

function connectTo(url: string): pg.Client {
  try {
    return new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, keepAlive: true });
  } catch {
    throw unreachable("malformed address");
  }
}

function unreachable(why: string): StartError {
  return new StartError(
    "database_unreachable",
    `The database does not answer (${why}).`,
    "Check the database address, its user and its password.",
  );
}
