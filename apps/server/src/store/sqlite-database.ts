import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { SqliteDatabase, SqliteStatement } from "kysely";
import { syncFolder } from "../data-folder/sync-folder.ts";

/**
 * Opens the database file, made readable by its owner alone: write-ahead log, every commit synced to the disk before it is
 * acknowledged, foreign keys enforced, no double-quoted strings. `node:sqlite` in the shape that Kysely's SQLite dialect drives.
 */
export function openSqliteDatabase(file: string): SqliteDatabase {
  closeSync(openSync(file, "a", 0o600));
  const database = new DatabaseSync(file, {
    timeout: 5000,
    enableForeignKeyConstraints: true,
    enableDoubleQuotedStringLiterals: false,
  });
  try {
    database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma trusted_schema = off");
    syncFolder(dirname(file));
  } catch (error) {
    database.close();
    throw error;
  }
  return { prepare: (sql) => toStatement(database.prepare(sql)), close: () => database.close() };
}

function toStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...toInput(parameters)),
    run: (parameters) => statement.run(...toInput(parameters)),
    iterate: (parameters) => statement.iterate(...toInput(parameters)),
  };
}

function toInput(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint")
      return value;
    if (value instanceof Uint8Array) return value;
    throw new TypeError(`SQLite takes no ${typeof value}.`);
  });
}
