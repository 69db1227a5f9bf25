import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, postgresPrograms, startPostgres } from "../../../../testing/postgres.ts";
import { requireAll } from "../../../../testing/vectors.ts";
import { openPostgresStore } from "./postgres-store.ts";
import { recordStoreSuite } from "./record-store.suite.ts";

const absent = postgresPrograms() === null && !requireAll;

describe.skipIf(absent)("the store on PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  recordStoreSuite("PostgreSQL", async () => {
    const url = await server.createDatabase();
    return { open: () => openPostgresStore({ url }) };
  });

  it("is brought to its form once by many nodes that start at the same time", async () => {
    const url = await server.createDatabase();
    const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgresStore({ url })));
    const sequences = await Promise.all(stores.map((store) => store.bans.sequence()));
    expect(sequences).toEqual([0, 0, 0, 0]);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("refuses a database in which it may not create its tables", async () => {
    const url = new URL(await server.createDatabase());
    const owner = new pg.Client(url.href);
    await owner.connect();
    await owner.query("create role guest login");
    await owner.end();
    url.username = "guest";
    await expect(openPostgresStore({ url: url.href })).rejects.toMatchObject({
      name: "StartError",
      code: "database_unusable",
    });
  });

  it("refuses a number that it could only give back rounded", async () => {
    const url = await server.createDatabase();
    const store = await openPostgresStore({ url });
    const owner = new pg.Client(url);
    await owner.connect();
    await owner.query("update sequences set value = 9007199254740993 where name = 'bans'");
    await owner.end();
    await expect(store.bans.sequence()).rejects.toThrow(RangeError);
    await store.close();
  });

  it("refuses a database that is not there without telling the address", async () => {
    const url = new URL(await server.createDatabase());
    url.pathname = "/nowhere";
    url.password = "a-password-in-the-address";
    const error = await openPostgresStore({ url: url.href }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "StartError", code: "database_unreachable" });
    expect(JSON.stringify([String(error), error])).not.toContain("a-password-in-the-address");
  });
});

describe("an address of a database", () => {
  it("is refused where nobody answers or it cannot be read", async () => {
    for (const url of ["postgres://countersign@127.0.0.1:1/record", "not an address"]) {
      await expect(openPostgresStore({ url })).rejects.toMatchObject({
        name: "StartError",
        code: "database_unreachable",
      });
    }
  });
});
