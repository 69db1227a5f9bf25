import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { encodeBase64url, kidOf } from "@countersign/protocol";
import { generateSigningKey, sha256 } from "@countersign/protocol/server";
import { signJwt } from "@countersign/tokens";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { composeService, type Service } from "../../compose.ts";
import { openFileVault } from "../../vault/file-vault.ts";
import { openSqliteStore, sqliteFileName } from "../sqlite-store.ts";
import { migrations } from "./index.ts";

const actor = { id: "test", name: "test" };
const former = 4;

/** Writes the folder's record anew in the form of an earlier release, with the rows that it can hold. */
function toFormer(folder: string, change: (database: DatabaseSync) => void): void {
  const file = join(folder, sqliteFileName);
  const database = new DatabaseSync(join(folder, "former.db"));
  database.exec("create table schema_versions (version integer primary key, name text not null)");
  for (const { version, name, statements } of migrations.slice(0, former)) {
    for (const statement of statements("text")) database.exec(statement);
    database.prepare("insert into schema_versions (version, name) values (?, ?)").run(version, name);
  }
  database.exec(`attach '${file}' as later`);
  for (const table of ["projects", "project_seeds", "service_seeds", "signing_keys", "apps", "protected_apis"]) {
    const columns = database.prepare(`pragma table_info(${table})`).all();
    const names = columns.map(({ name }) => String(name)).join(", ");
    database.exec(`insert into ${table} (${names}) select ${names} from later.${table}`);
  }
  database.exec("detach later");
  change(database);
  database.close();
  for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
  const copy = new DatabaseSync(join(folder, "former.db"));
  copy.exec(`vacuum into '${file}'`);
  copy.close();
  for (const end of ["", "-wal", "-shm"]) rmSync(join(folder, `former.db${end}`), { force: true });
}

describe("a record of the release before token keys had a table", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-migration-"));
  const open = (): Promise<Service> =>
    composeService({ data: folder, host: "127.0.0.1", port: 0, logSink: () => undefined });
  const old = generateSigningKey();
  const kid = kidOf(sha256, old.point);
  const retired = generateSigningKey();
  let service: Service;
  let project: string;
  let token: string;

  beforeAll(async () => {
    const first = await open();
    project = (await first.domain.admin.createProject(actor, { name: "p", kind: "production" })).id;
    const input = { host: "h.example", channel: "system", token: { header: "X" } } as const;
    await first.domain.admin.putApi(actor, project, "nasa", input, "create");
    await first.close();
    const vault = await openFileVault({ folder });
    toFormer(folder, (database) => {
      const insert = database.prepare(
        `insert into signing_keys (project, kid, key_use, api, point, private_key, created_at_ms, retired_at_ms)
          values (?, ?, 'token', 'nasa', ?, ?, ?, ?)`,
      );
      const row = (key: typeof old, name: string, retiredAtMs: number | null) => {
        const sealed = vault.seal(key.pkcs8, ["signing-key", project, name]);
        insert.run(project, name, encodeBase64url(key.point), sealed, 1_700_000_000_000, retiredAtMs);
      };
      row(old, kid, null);
      row(retired, "retired", 1_700_000_000_001);
      database.exec(`update protected_apis set token = '{"header":"X","prefix":"","bind":[]}'`);
    });
    const nowSeconds = Math.floor(Date.now() / 1000);
    const claims = { aud: "nasa", iat: nowSeconds, exp: nowSeconds + 300 };
    token = signJwt({ kid, alg: "ES256", key: old.privateKey }, claims);
    service = await open();
  });
  afterAll(async () => {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("opens, and its tokens verify under the key sets as before", async () => {
    for (const path of [
      "/.well-known/jwks.json",
      `/p/${project}/.well-known/jwks.json`,
      `/p/${project}/apis/nasa/jwks.json`,
    ]) {
      const set = (await (await fetch(service.origin + path)).json()) as JSONWebKeySet;
      expect(set.keys.map((key) => key.kid)).toEqual([kid]);
      const { protectedHeader } = await jwtVerify(token, createLocalJWKSet(set), { audience: "nasa" });
      expect(protectedHeader.kid).toBe(kid);
    }
  });

  it("goes on signing with the key it had, which rotates like any other", async () => {
    const { admin, device } = service.domain;
    expect((await device.contexts.get(project))?.tokenKeyOf("nasa", Date.now())?.kid).toBe(kid);
    expect(await admin.listTokenKeys(project)).toMatchObject(
      [
        { kid, api: "nasa", alg: "ES256", state: "signing", activeFromMs: 1_700_000_000_000, retiresAtMs: null },
        { kid: "retired", state: "retired" },
      ].toSorted((a, b) => (a.kid < b.kid ? -1 : 1)),
    );
    const { replaced } = await admin.rotateTokenKey(actor, project, { api: "nasa" });
    expect(replaced.map((key) => key.kid)).toEqual([kid]);
    await service.close();
    const store = await openSqliteStore({ folder });
    const rows = await store.tokenKeys.ofProject(project);
    expect(rows.find((row) => row.kid === kid)?.publicJwk).toMatchObject({ kty: "EC", crv: "P-256", kid });
    const rest = await store.signingKeys.ofProject(project);
    expect(rest.map(({ use }) => use).toSorted()).toEqual(["manifest", "response"]);
    await store.close();
    service = await open();
  });
});
