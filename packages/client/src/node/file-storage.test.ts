import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Storage } from "../ports.ts";
import { fileStorage } from "./file-storage.ts";
import { memoryStorage } from "./memory-storage.ts";

let folder = "";
let made = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-storage-"));
});
afterAll(() => rm(folder, { recursive: true }));

const adapters: readonly (readonly [string, () => Storage])[] = [
  ["memory", memoryStorage],
  [
    "files",
    () => {
      made += 1;
      return fileStorage(join(folder, `store-${made}`));
    },
  ],
];

describe.each(adapters)("storage in %s", (_name, create) => {
  it("gives back what was written last, and null for what never was", async () => {
    const storage = create();
    expect(await storage.read("a")).toBeNull();
    await storage.write("a", "ünï");
    await storage.write("a", "two");
    await storage.write("b", "");
    expect([await storage.read("a"), await storage.read("b"), await storage.read("c")]).toEqual(["two", "", null]);
  });

  it("forgets what was removed, once or twice", async () => {
    const storage = create();
    await storage.write("a", "one");
    await storage.remove("a");
    await storage.remove("a");
    expect(await storage.read("a")).toBeNull();
  });
});

describe("files", () => {
  it("are for their owner alone, and nothing half-written stays", async () => {
    const own = join(folder, "modes");
    const storage = fileStorage(own);
    await Promise.all(Array.from({ length: 20 }, (_, index) => storage.write("same", `value ${index}`)));
    expect(await readdir(own)).toEqual(["same"]);
    expect([(await stat(own)).mode & 0o777, (await stat(join(own, "same"))).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(await fileStorage(own).read("same")).toMatch(/^value \d+$/);
  });

  it("have no name that leaves the folder", async () => {
    const storage = fileStorage(folder);
    for (const name of ["../x", "a/b", ".hidden", "", "x\0y"]) {
      await expect(storage.read(name)).rejects.toThrow(TypeError);
    }
  });
});
