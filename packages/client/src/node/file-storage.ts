import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Storage } from "../ports.ts";

const namePattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

/** One file per name in a folder (made with mode 0700, files 0600). A write is synced, then takes the old file's place whole. */
export function fileStorage(folder: string): Storage {
  const pathOf = (name: string): string => {
    if (!namePattern.test(name)) throw new TypeError("a storage name has foreign characters");
    return join(folder, name);
  };
  let made = 0;
  return {
    async read(name) {
      try {
        return await readFile(pathOf(name), "utf8");
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    async write(name, value) {
      const path = pathOf(name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      made += 1;
      const temporary = `${path}.${process.pid}-${made}.tmp`;
      const file = await open(temporary, "w", 0o600);
      try {
        await file.writeFile(value, "utf8");
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    },
    async remove(name) {
      await rm(pathOf(name), { force: true });
    },
  };
}
