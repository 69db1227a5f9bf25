import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes a folder's entries durable: a new or renamed file is on the disk only when its folder is. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
