import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSqliteDatabase } from "./sqlite-database.ts";

describe("the SQLite database", () => {
  const withDatabase = (use: (database: ReturnType<typeof openSqliteDatabase>) => void): void => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-sqlite-"));
    const database = openSqliteDatabase(join(folder, "record.db"));
    try {
      use(database);
    } finally {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    }
  };

  it("syncs every commit, logs ahead and enforces foreign keys", () => {
    withDatabase((database) => {
      const pragma = (name: string): unknown[] => database.prepare(`pragma ${name}`).all([]);
      expect(pragma("journal_mode")).toEqual([{ journal_mode: "wal" }]);
      expect(pragma("synchronous")).toEqual([{ synchronous: 2 }]);
      expect(pragma("foreign_keys")).toEqual([{ foreign_keys: 1 }]);
    });
  });

  it("takes no value that it could not give back as it was", () => {
    withDatabase((database) => {
      for (const value of [true, undefined, new Date(0), { a: 1 }, () => 1]) {
        expect(() => database.prepare("select ?").all([value])).toThrow(TypeError);
      }
    });
  });
});
