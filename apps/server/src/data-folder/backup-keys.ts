import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sqliteFileName } from "../store/sqlite-store.ts";
import { keyFileName, loadKeyFile } from "../vault/key-file.ts";
import { type ArchiveFile, packFiles } from "./archive-entries.ts";
import { codeOf } from "./prepare-data-folder.ts";
import { rootsFolderName } from "./root-key-files.ts";
import { writeSealedArchive } from "./sealed-archive.ts";
import { StartError } from "./start-error.ts";
import { createNewFile } from "./write-new-file.ts";

export interface KeysBackup {
  readonly folder: string;
  /** The archive to make; it must not be there. */
  readonly out: string;
  /** At least 12 characters. Without it the archive is worth nothing. */
  readonly passphrase: string;
}

export interface BackupReport {
  /** What the archive holds, by its place in the data folder. */
  readonly files: readonly string[];
}

/**
 * Makes one encrypted file of mode 0600 from the data folder: the key-encryption key, the root keys that lie there and, where the record
 * is embedded, a consistent copy of it. The service may be running. A record in PostgreSQL has its own backups.
 *
 * @throws StartError `backup_exists`, `passphrase_too_short`, `key_file_missing` and the other codes of `loadKeyFile`,
 * `data_folder_unreadable`.
 */
export async function backupKeys({ folder, out, passphrase }: KeysBackup): Promise<BackupReport> {
  if (existsSync(out)) throw backupExists(out);
  loadKeyFile(folder, null).fill(0);
  let staging: string | null = null;
  try {
    staging = mkdtempSync(join(folder, ".backup-"));
    // The copy comes first: a project made meanwhile then has root keys without a row, never the reverse.
    const files = [...copyRecord(folder, staging), ...listKeys(folder)];
    const made = createNewFile(resolve(out), (descriptor) =>
      writeSealedArchive(descriptor, passphrase, packFiles(files)),
    );
    if (!made) throw backupExists(out);
    return { files: files.map(({ name }) => name) };
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      "data_folder_unreadable",
      `The backup cannot be made (${codeOf(error)}).`,
      "Check that the data folder and the place of the backup can be written.",
    );
  } finally {
    if (staging !== null) rmSync(staging, { recursive: true, force: true });
  }
}

function copyRecord(folder: string, staging: string): ArchiveFile[] {
  const file = join(folder, sqliteFileName);
  if (!existsSync(file)) return [];
  const copy = join(staging, sqliteFileName);
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    database.prepare("vacuum into ?").run(copy);
  } finally {
    database.close();
  }
  return [{ name: sqliteFileName, file: copy }];
}

function listKeys(folder: string): ArchiveFile[] {
  const roots = join(folder, rootsFolderName);
  const names = existsSync(roots) ? readdirSync(roots).filter((name) => name.endsWith(".key")) : [];
  return [keyFileName, ...names.map((name) => `${rootsFolderName}/${name}`)].map((name) => ({
    name,
    file: join(folder, name),
  }));
}

function backupExists(out: string): StartError {
  return new StartError("backup_exists", `The file ${out} is there already.`, "Name a new file for the backup.");
}
