import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { sqliteFileName } from "../store/sqlite-store.ts";
import { keyFileName } from "../vault/key-file.ts";
import { unpackFiles } from "./archive-entries.ts";
import type { BackupReport } from "./backup-keys.ts";
import { codeOf } from "./prepare-data-folder.ts";
import { rootsFolderName } from "./root-key-files.ts";
import { readSealedArchive, unreadable } from "./sealed-archive.ts";
import { StartError } from "./start-error.ts";
import { syncFolder } from "./sync-folder.ts";
import { writeAll } from "./write-new-file.ts";

export interface KeysRestore {
  /** The data folder to make; missing or empty. */
  readonly folder: string;
  readonly from: string;
  readonly passphrase: string;
}

const allowedNames = new RegExp(
  `^(?:${keyFileName}|${sqliteFileName}|${rootsFolderName}/[A-Za-z0-9_-]{1,64}\\.(?:root|recovery)\\.key)$`,
);

/**
 * Makes a data folder from an archive of `backupKeys`: whole or not at all, and never over anything.
 *
 * @throws StartError `data_folder_not_empty`, `backup_unreadable`, `passphrase_wrong`, `data_folder_unreadable`.
 */
export async function restoreKeys({ folder, from, passphrase }: KeysRestore): Promise<BackupReport> {
  const target = resolve(folder);
  refuseContent(target);
  const archive = openArchive(from);
  let staging: string | null = null;
  try {
    staging = makeStaging(target);
    const files = unpackInto(staging, readSealedArchive(archive, passphrase));
    if (!files.includes(keyFileName)) throw unreadable("it holds no key-encryption key");
    move(staging, target, files);
    return { files };
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      "data_folder_unreadable",
      `The folder ${folder} cannot be restored (${codeOf(error)}).`,
      "Name a folder that this user may make and write.",
    );
  } finally {
    closeSync(archive);
    if (staging !== null) rmSync(staging, { recursive: true, force: true });
  }
}

function refuseContent(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw new StartError(
      "data_folder_unreadable",
      `The folder ${folder} cannot be read (${codeOf(error)}).`,
      "Name a folder that this user may read and write.",
    );
  }
  if (names.length > 0) {
    throw new StartError(
      "data_folder_not_empty",
      `The folder ${folder} is not empty.`,
      "Name a new folder, or move the old one away.",
    );
  }
}

function openArchive(from: string): number {
  try {
    return openSync(from, "r");
  } catch (error) {
    throw unreadable(codeOf(error));
  }
}

/** Beside a target that is yet to be, to be renamed in one step; inside one that is there, which may be a mounted volume. */
function makeStaging(target: string): string {
  const name = `.restore-${randomBytes(8).toString("hex")}`;
  const staging = existsSync(target) ? join(target, name) : join(dirname(target), `${name}.${basename(target)}`);
  mkdirSync(dirname(target), { recursive: true });
  mkdirSync(staging, { mode: 0o700 });
  return staging;
}

function unpackInto(staging: string, content: Iterable<Uint8Array>): string[] {
  const files: string[] = [];
  let open: number | null = null;
  const finish = (): void => {
    if (open === null) return;
    const descriptor = open;
    open = null;
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  };
  try {
    unpackFiles(content, (name) => {
      finish();
      if (!allowedNames.test(name) || files.includes(name))
        throw unreadable("it holds a file that does not belong to it");
      mkdirSync(dirname(join(staging, name)), { recursive: true, mode: 0o700 });
      const descriptor = openSync(join(staging, name), "wx", 0o600);
      open = descriptor;
      files.push(name);
      return (bytes) => writeAll(descriptor, bytes);
    });
  } finally {
    finish();
  }
  for (const folder of new Set(files.map((name) => dirname(join(staging, name))))) syncFolder(folder);
  syncFolder(staging);
  return files;
}

/** In one step, or file by file with the key last: a folder without its key is never taken for a whole one. */
function move(staging: string, target: string, files: readonly string[]): void {
  if (dirname(staging) !== target) {
    renameSync(staging, target);
    syncFolder(dirname(target));
    return;
  }
  chmodSync(target, 0o700);
  const tops = new Set(files.map((name) => name.split("/")[0] ?? name));
  tops.delete(keyFileName);
  for (const top of [...tops, keyFileName]) {
    renameSync(join(staging, top), join(target, top));
    syncFolder(target);
  }
}
