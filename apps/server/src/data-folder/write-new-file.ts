import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "./sync-folder.ts";

const suffix = ".unfinished";
/** What file systems without hard links answer. */
const noLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/**
 * Writes a file that was not there, readable by its owner alone: it appears whole, synced to the disk, or not at all, and never replaces
 * another, whoever else is writing.
 *
 * @returns false where the file is there already; it is left as it is.
 */
export function writeNewFile(file: string, bytes: Uint8Array): boolean {
  return createNewFile(file, (descriptor) => writeAll(descriptor, bytes));
}

/** As `writeNewFile`, for content that is written in parts. Where `write` throws, nothing is left. */
export function createNewFile(file: string, write: (descriptor: number) => void): boolean {
  const unfinished = `${file}.${randomBytes(8).toString("hex")}${suffix}`;
  const descriptor = openSync(unfinished, "wx", 0o600);
  try {
    try {
      write(descriptor);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (!place(unfinished, file)) return false;
  } finally {
    rmSync(unfinished, { force: true });
  }
  syncFolder(dirname(file));
  return true;
}

/** Writes all of `bytes`, however many calls the operating system takes for it. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}

/** Removes what interrupted writes of `file` left behind. Call it once the file is there. */
export function removeUnfinished(file: string): void {
  const folder = dirname(file);
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${basename(file)}.`) && name.endsWith(suffix)) rmSync(join(folder, name), { force: true });
  }
}

/** A hard link, unlike a rename, fails where the name is taken. */
function place(unfinished: string, file: string): boolean {
  try {
    linkSync(unfinished, file);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    // Another process may have placed the file and cleared away what looked unfinished to it.
    if (code === "EEXIST" || existsSync(file)) return false;
    if (!noLinks.includes(code)) throw error;
    renameSync(unfinished, file);
    return true;
  }
}
