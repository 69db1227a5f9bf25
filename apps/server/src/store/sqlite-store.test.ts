import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordStoreSuite } from "./record-store.suite.ts";
import { openSqliteStore, sqliteFileName } from "./sqlite-store.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "countersign-sqlite-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const freshFolder = (): string => join(mkdtempSync(join(root, "case-")), "data");

recordStoreSuite("SQLite", async () => {
  const folder = freshFolder();
  return { open: () => openSqliteStore({ folder }) };
});

describe("the embedded store", () => {
  it("makes the folder and every file in it readable by its owner alone", async () => {
    const folder = freshFolder();
    const store = await openSqliteStore({ folder });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, sqliteFileName)).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it("narrows an empty folder that is open to others, and refuses to narrow one with other people's files", async () => {
    const folder = freshFolder();
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    const store = await openSqliteStore({ folder });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await store.close();

    const foreign = freshFolder();
    mkdirSync(foreign);
    chmodSync(foreign, 0o755);
    writeFileSync(join(foreign, "letter.txt"), "mine");
    await expect(openSqliteStore({ folder: foreign })).rejects.toMatchObject({
      name: "StartError",
      code: "data_folder_shared",
    });
    expect(statSync(foreign).mode & 0o777).toBe(0o755);
    expect(readdirSync(foreign)).toEqual(["letter.txt"]);
  });

  it("refuses a folder in use, and takes it again once it is closed", async () => {
    const folder = freshFolder();
    const store = await openSqliteStore({ folder });
    await expect(openSqliteStore({ folder })).rejects.toMatchObject({ name: "StartError", code: "data_folder_locked" });
    await store.ping();
    await store.close();
    await (await openSqliteStore({ folder })).close();
  });

  it("refuses a path that is not a folder", async () => {
    const file = join(mkdtempSync(join(root, "case-")), "file");
    writeFileSync(file, "");
    await expect(openSqliteStore({ folder: file })).rejects.toMatchObject({ code: "data_folder_unreadable" });
    await expect(openSqliteStore({ folder: join(file, "below") })).rejects.toMatchObject({
      code: "data_folder_unreadable",
    });
  });

  it("refuses a database that is damaged, and releases the folder", async () => {
    const folder = freshFolder();
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(
      join(folder, sqliteFileName),
      "this is no database, but long enough to be read as a header of one.".repeat(20),
    );
    await expect(openSqliteStore({ folder })).rejects.toMatchObject({ code: "data_folder_unreadable" });
    rmSync(join(folder, sqliteFileName));
    await (await openSqliteStore({ folder })).close();
  });

  it("refuses a database of a newer release, untouched", async () => {
    const folder = freshFolder();
    await (await openSqliteStore({ folder })).close();
    const database = new DatabaseSync(join(folder, sqliteFileName));
    database.exec("insert into schema_versions (version, name) values (999, 'future')");
    database.close();
    await expect(openSqliteStore({ folder })).rejects.toMatchObject({ code: "database_too_new" });
  });

  it("may be closed twice", async () => {
    const store = await openSqliteStore({ folder: freshFolder() });
    await store.close();
    await expect(store.close()).resolves.toBeUndefined();
    await expect(store.ping()).rejects.toThrow();
  });
});
