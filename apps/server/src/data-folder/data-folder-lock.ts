import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { codeOf } from "./prepare-data-folder.ts";
import { StartError } from "./start-error.ts";

const sqliteBusy = 5;

export interface DataFolderLock {
  /** Safe to call again. */
  release(): void;
}

/**
 * Takes the data folder for this process: SQLite's exclusive lock on the file `lock`, held in an open transaction. The operating system
 * drops it with the process, however that ends, so no stale lock is left; a second start in the same process is refused as well.
 *
 * @throws StartError `data_folder_locked`, or `data_folder_unreadable` where the lock file cannot be opened.
 */
export function takeDataFolderLock(folder: string): DataFolderLock {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(join(folder, "lock"));
    database.exec("pragma busy_timeout = 0");
    database.exec("begin exclusive");
  } catch (error) {
    database?.close();
    if (isBusy(error)) {
      throw new StartError(
        "data_folder_locked",
        `The data folder ${folder} is in use by another process.`,
        "Stop the other process, or name another folder.",
      );
    }
    throw new StartError(
      "data_folder_unreadable",
      `The lock file of ${folder} cannot be opened (${codeOf(error)}).`,
      "Name a folder that this user may read and write.",
    );
  }
  const held = database;
  return {
    release: () => {
      if (held.isOpen) held.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    "errcode" in error &&
    typeof error.errcode === "number" &&
    (error.errcode & 0xff) === sqliteBusy
  );
}
