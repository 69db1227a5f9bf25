import { accessSync, chmodSync, constants, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { StartError } from "./start-error.ts";

/** What the service itself puts into its folder; a folder with any of these is its own. */
const ownNames = ["lock", "countersign.db", "key-encryption.key", "roots"];

/**
 * Makes the data folder, readable by its owner alone.
 *
 * @throws StartError `data_folder_unreadable` where it cannot be made, read or written; `data_folder_shared` where a folder with
 * other people's files in it is open to group or world: narrowing it is the operator's decision.
 */
export function prepareDataFolder(folder: string): void {
  try {
    makeFolder(folder);
    const names = readdirSync(folder);
    if ((statSync(folder).mode & 0o077) !== 0) {
      if (names.length > 0 && !names.some((name) => ownNames.includes(name))) throw shared(folder);
      chmodSync(folder, 0o700);
    }
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      "data_folder_unreadable",
      `The data folder ${folder} cannot be used (${codeOf(error)}).`,
      "Name a folder that this user may read and write.",
    );
  }
}

/** One folder after the other: Node's own `recursive` never returns where a parent takes no folder, as in `/proc`. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    if (codeOf(error) !== "ENOENT" || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
  }
}

function shared(folder: string): StartError {
  return new StartError(
    "data_folder_shared",
    `The folder ${folder} holds other files and is open to other users.`,
    "Name a folder of its own for the data, or close this one with chmod 700.",
  );
}

/** The error code the operating system gave, such as `EACCES`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
