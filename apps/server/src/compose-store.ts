import type { RecordStore } from "./domain/ports/index.ts";
import { openPostgresStore } from "./store/postgres-store.ts";
import { openSqliteStore } from "./store/sqlite-store.ts";

/** Where a service keeps its record: PostgreSQL where a URL is named, else SQLite in the data folder. */
export interface RecordPlace {
  readonly data: string;
  readonly databaseUrl?: string;
}

/**
 * Opens the record, the embedded one under the lock of its folder.
 *
 * @throws StartError as the adapters do.
 */
export function openRecordStore({ data, databaseUrl }: RecordPlace): Promise<RecordStore> {
  return databaseUrl === undefined ? openSqliteStore({ folder: data }) : openPostgresStore({ url: databaseUrl });
}
