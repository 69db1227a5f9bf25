import type { RecordStore } from "./domain/ports/index.ts";
import { holdDatabase } from "./store/hold-database.ts";
import { openPostgresStore } from "./store/postgres-store.ts";
import { openSqliteStore } from "./store/sqlite-store.ts";

/** Where a service keeps its record: PostgreSQL where a URL is named, else SQLite in the data folder. */
export interface RecordPlace {
  readonly data: string;
  readonly databaseUrl?: string;
}

/**
 * Opens the record for this service alone: the embedded one under the lock of its folder, PostgreSQL under a lock in the database. Where that lock
 * is lost, bans can no longer be reconciled and the record does not answer its ping, so the service leaves readiness and stops judging.
 *
 * @throws StartError as the adapters do.
 */
export async function openRecordStore({ data, databaseUrl }: RecordPlace): Promise<RecordStore> {
  if (databaseUrl === undefined) return openSqliteStore({ folder: data });
  const hold = await holdDatabase({ url: databaseUrl });
  const assertHeld = (): void => {
    if (!hold.isHeld()) throw new Error("the hold on the database was lost");
  };
  try {
    const store = await openPostgresStore({ url: databaseUrl });
    return {
      ...store,
      bans: {
        ...store.bans,
        sequence: async () => {
          assertHeld();
          return store.bans.sequence();
        },
      },
      ping: async () => {
        assertHeld();
        await store.ping();
      },
      close: async () => {
        await store.close();
        await hold.release();
      },
    };
  } catch (error) {
    await hold.release();
    throw error;
  }
}
