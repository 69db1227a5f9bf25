import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, postgresPrograms, startPostgres } from "../../../../testing/postgres.ts";
import { requireAll } from "../../../../testing/vectors.ts";
import { migrations } from "./migrations/index.ts";
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

  it("takes over the token keys of the release before they had a table of their own", async () => {
    const url = await server.createDatabase();
    const owner = new pg.Client(url);
    await owner.connect();
    await owner.query("create table schema_versions (version integer primary key, name text not null)");
    for (const { version, name, statements } of migrations.slice(0, 4)) {
      for (const statement of statements(`text collate "C"`)) await owner.query(statement);
      await owner.query("insert into schema_versions (version, name) values ($1, $2)", [version, name]);
    }
    await owner.query("insert into projects values ('p', 'P', 'production', 1, 'r', 'r', '{}', 1, 0, 1, 1, '{}')");
    const point = Buffer.concat([Buffer.of(4), Buffer.alloc(64, 7)]).toString("base64url");
    const insert = "insert into signing_keys values ('p', $1, $2, $3, $4, $5, 5, $6)";
    await owner.query(insert, ["response", "response", null, "point", "sealed-response", null]);
    await owner.query(insert, ["live", "token", "nasa", point, "sealed-live", null]);
    await owner.query(insert, ["ended", "token", "nasa", point, "sealed-ended", 9]);
    await owner.end();
    const store = await openPostgresStore({ url });
    const [x, y] = [Buffer.alloc(32, 7), Buffer.alloc(32, 7)].map((half) => half.toString("base64url"));
    const keyOf = (kid: string, retiresAtMs: number | null) => ({
      project: "p",
      kid,
      purpose: "api",
      api: "nasa",
      alg: "ES256",
      publicJwk: { kty: "EC", crv: "P-256", alg: "ES256", use: "sig", kid, x, y },
      material: `sealed-${kid}`,
      createdAtMs: 5,
      activeFromMs: 5,
      retiresAtMs,
    });
    expect(await store.tokenKeys.ofProject("p")).toEqual([keyOf("ended", 9), keyOf("live", null)]);
    expect((await store.signingKeys.ofProject("p")).map(({ kid }) => kid)).toEqual(["response"]);
    await store.close();
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
