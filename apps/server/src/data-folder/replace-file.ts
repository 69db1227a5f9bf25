import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { syncFolder } from "./sync-folder.ts";
import { removeUnfinished, writeAll } from "./write-new-file.ts";

/** Writes a file in place of what was there, readable by its owner alone: a reader sees the former content or the new one, whole. */
export function replaceFile(file: string, bytes: Uint8Array): void {
  const unfinished = `${file}.${randomBytes(8).toString("hex")}.unfinished`;
  const descriptor = openSync(unfinished, "wx", 0o600);
  try {
    try {
      writeAll(descriptor, bytes);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
  removeUnfinished(file);
  syncFolder(dirname(file));
}
