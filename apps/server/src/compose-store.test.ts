import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, postgresPrograms, startPostgres } from "../../../testing/postgres.ts";
import { requireAll } from "../../../testing/vectors.ts";
import { openRecordStore } from "./compose-store.ts";

describe.skipIf(postgresPrograms() === null && !requireAll)("the record of one service on PostgreSQL", () => {
  const data = mkdtempSync(join(tmpdir(), "compose-store-"));
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  it("is refused to a second service while the first has it, and free when the first has closed it", async () => {
    const databaseUrl = await server.createDatabase();
    const first = await openRecordStore({ data, databaseUrl });
    await expect(openRecordStore({ data, databaseUrl })).rejects.toMatchObject({
      code: "database_locked",
      message: "The database is in use by another service.",
    });
    await first.close();
    const next = await openRecordStore({ data, databaseUrl });
    await next.ping();
    await next.close();
  });

  it("answers neither ping nor bans once its hold on the database is lost", async () => {
    const databaseUrl = await server.createDatabase();
    const store = await openRecordStore({ data, databaseUrl });
    await store.ping();
    expect(await store.bans.sequence()).toBe(0);
    const other = new pg.Client({ connectionString: databaseUrl });
    await other.connect();
    await other.query(
      "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()",
    );
    await expect
      .poll(() =>
        store.ping().then(
          () => "answers",
          () => "fails",
        ),
      )
      .toBe("fails");
    await expect(store.bans.sequence()).rejects.toThrow("hold on the database");
    await other.end();
    await store.close();
  });
});
