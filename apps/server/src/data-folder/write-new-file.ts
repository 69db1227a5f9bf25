import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "./sync-folder.ts";

const suffix = ".unfinished";

/**
 * Writes a file that was not there, readable by its owner alone: it appears whole, synced to the disk, or not at all, and never replaces
 * another, whoever else is writing. What an earlier attempt left unfinished is removed.
 *
 * @returns false where the file is there already; it is left as it is.
 */
export function writeNewFile(file: string, bytes: Uint8Array): boolean {
  const folder = dirname(file);
  const unfinished = `${file}.${randomBytes(8).toString("hex")}${suffix}`;
  const descriptor = openSync(unfinished, "wx", 0o600);
  try {
    let written = 0;
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(unfinished, file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
  syncFolder(folder);
  return true;
}

/** Removes what interrupted writes of `file` left behind. Call it once the file is there. */
export function removeUnfinished(file: string): void {
  const folder = dirname(file);
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${basename(file)}.`) && name.endsWith(suffix)) rmSync(join(folder, name), { force: true });
  }
}
