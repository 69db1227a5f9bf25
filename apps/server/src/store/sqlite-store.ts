import { join } from "node:path";
import { Kysely, SqliteDialect } from "kysely";
import { takeDataFolderLock } from "../data-folder/data-folder-lock.ts";
import { codeOf, prepareDataFolder } from "../data-folder/prepare-data-folder.ts";
import { StartError } from "../data-folder/start-error.ts";
import type { RecordStore } from "../domain/ports/index.ts";
import { migrate } from "./migrate.ts";
import { createRecordStore } from "./record-store.ts";
import { openSqliteDatabase } from "./sqlite-database.ts";
import type { Tables } from "./tables.ts";

/** The database file inside the data folder. */
export const sqliteFileName = "countersign.db";

/**
 * Opens the record in `folder`, which is made where it is missing and is this process's alone until `close`.
 *
 * @throws StartError `data_folder_locked`, `data_folder_unreadable`, `data_folder_shared`, `database_too_new`.
 */
export async function openSqliteStore({ folder }: { readonly folder: string }): Promise<RecordStore> {
  prepareDataFolder(folder);
  const lock = takeDataFolderLock(folder);
  try {
    const database = new Kysely<Tables>({ dialect: new SqliteDialect({ database: openDatabase(folder) }) });
    try {
      await migrate(database, "sqlite");
    } catch (error) {
      await database.destroy();
      throw error;
    }
    return createRecordStore(database, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openDatabase(folder: string): ReturnType<typeof openSqliteDatabase> {
  const file = join(folder, sqliteFileName);
  try {
    return openSqliteDatabase(file);
  } catch (error) {
    throw new StartError(
      "data_folder_unreadable",
      `The database ${file} cannot be opened (${codeOf(error)}).`,
      "Restore the data folder from a backup.",
    );
  }
}
