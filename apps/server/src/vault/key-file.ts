import { join } from "node:path";
import { codeOf } from "../data-folder/prepare-data-folder.ts";
import { readPrivateFile } from "../data-folder/read-private-file.ts";
import { StartError } from "../data-folder/start-error.ts";
import { removeUnfinished, writeNewFile } from "../data-folder/write-new-file.ts";

/** The key-encryption key inside the data folder: 32 raw bytes, mode 0600. */
export const keyFileName = "key-encryption.key";
const keyLength = 32;

/**
 * Reads the key-encryption key.
 *
 * @param makeKey makes a new one where there is none; null: a missing file is refused.
 * @throws StartError `key_file_missing`, `key_file_exposed` (group or world may read it), `key_file_malformed`, `data_folder_unreadable`.
 */
export function loadKeyFile(folder: string, makeKey: (() => Uint8Array) | null): Uint8Array {
  const file = join(folder, keyFileName);
  let read = readPrivateFile(file);
  if (!read.ok && read.reason === "missing" && makeKey !== null) {
    try {
      writeNewFile(file, makeKey());
    } catch (error) {
      throw new StartError(
        "data_folder_unreadable",
        `The key file ${file} cannot be written (${codeOf(error)}).`,
        "Name a folder that this user may read and write.",
      );
    }
    read = readPrivateFile(file);
  }
  if (!read.ok) throw refusal(file, read.reason);
  if (read.bytes.length !== keyLength) {
    throw new StartError(
      "key_file_malformed",
      `The key file ${file} is not ${keyLength} bytes long.`,
      "Restore it from a backup.",
    );
  }
  removeUnfinished(file);
  return read.bytes;
}

function refusal(file: string, reason: "missing" | "exposed" | "unreadable"): StartError {
  if (reason === "missing")
    return new StartError("key_file_missing", `The key file ${file} is missing.`, "Restore it from a backup.");
  if (reason === "exposed") {
    return new StartError(
      "key_file_exposed",
      `The key file ${file} can be read by other users.`,
      "Close it with chmod 600, and consider its key as known.",
    );
  }
  return new StartError(
    "data_folder_unreadable",
    `The key file ${file} cannot be read.`,
    "Run as the user who owns it.",
  );
}
