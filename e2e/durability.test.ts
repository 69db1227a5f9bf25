import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ban, Instance, RecordStore, Secret, Trace, Vault } from "../apps/server/src/domain/ports/index.ts";
import { openPostgresStore } from "../apps/server/src/store/postgres-store.ts";
import { sampleProject, sampleSecret, sampleSeed } from "../apps/server/src/store/record-samples.suite.ts";
import { openSqliteStore } from "../apps/server/src/store/sqlite-store.ts";
import { openFileVault } from "../apps/server/src/vault/file-vault.ts";
import { findLeaks, secretForms } from "../testing/leak-detector.ts";
import { type PostgresServer, postgresPrograms, startPostgres } from "../testing/postgres.ts";
import { requireAll } from "../testing/vectors.ts";

type Acknowledged =
  | { readonly kind: "halted" | "started" }
  | { readonly kind: "secret"; readonly secret: Secret; readonly clear: string }
  | { readonly kind: "rotation"; readonly secret: Secret }
  | { readonly kind: "instance"; readonly instance: Instance }
  | { readonly kind: "ban"; readonly ban: Ban }
  | { readonly kind: "trace"; readonly trace: Trace }
  | { readonly kind: "audit"; readonly target: string };

const program = fileURLToPath(new URL("programs/write-records.ts", import.meta.url));
const commandLine = (folder: string, round: string): string[] => [
  "--conditions=@countersign/source",
  program,
  folder,
  round,
];
const project = "durable";
const contextOf = (secret: Secret): string[] => ["secret", secret.project, secret.name, String(secret.version)];

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "countersign-durability-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs the writing program until `enough` says so, kills it with SIGKILL, and gives everything it had acknowledged by then. */
async function writeUntil(
  folder: string,
  round: string,
  enough: (lines: number, last: string) => boolean,
): Promise<Acknowledged[]> {
  const child = spawn(process.execPath, commandLine(folder, round), { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  let lines = 0;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    lines += chunk.split("\n").length - 1;
    if (enough(lines, text)) child.kill("SIGKILL");
  });
  await killed(child);
  // A line without its end was being printed when the process died: its write may or may not have been acknowledged to anybody.
  return text
    .slice(0, text.lastIndexOf("\n"))
    .split("\n")
    .map((line): Acknowledged => JSON.parse(line));
}

async function killed(child: ChildProcess): Promise<void> {
  await once(child, "close");
  expect(child.signalCode).toBe("SIGKILL");
}

async function expectAll(store: RecordStore, vault: Vault, acknowledged: readonly Acknowledged[]): Promise<void> {
  const bans = new Map((await store.bans.active(2)).map((ban) => [ban.sequence, ban]));
  const audited = new Set((await store.audit.list(project, 1_000_000)).map((record) => record.target));
  const rotated = await store.secrets.get(project, "rotated");
  /** The row as it was acknowledged, and as the record has it now. */
  const compare = async (row: Acknowledged): Promise<[unknown, unknown]> => {
    switch (row.kind) {
      case "secret": {
        const held = await store.secrets.get(project, row.secret.name);
        const clear = held === null ? null : Buffer.from(vault.open(held.value, contextOf(held)).reveal()).toString();
        return [
          [row.secret, row.clear],
          [held, clear],
        ];
      }
      case "rotation":
        return [row.secret, rotated?.version === row.secret.version ? rotated : row.secret];
      case "instance": {
        const { instance } = row;
        return [
          [instance, [instance]],
          [await store.instances.get(project, instance.instance), await store.instances.withSerials(instance.serials)],
        ];
      }
      case "ban":
        return [row.ban, bans.get(row.ban.sequence)];
      case "trace":
        return [row.trace, await store.traces.get(project, row.trace.arc)];
      case "audit":
        return [true, audited.has(row.target)];
      case "halted":
      case "started":
        return [null, null];
    }
  };
  for (const row of acknowledged) {
    const [expected, held] = await compare(row);
    expect(held).toEqual(expected);
  }
  // One rotation may have been written and not yet acknowledged; none may be missing.
  const last = Math.max(0, ...acknowledged.map((row) => (row.kind === "rotation" ? row.secret.version : 0)));
  expect([last, last + 1]).toContain(rotated?.version ?? 0);
}

describe("a data folder", () => {
  it("keeps every acknowledged row through 20 rounds of kill -9 during writes, and shows no secret without its key file", async () => {
    const folder = join(root, "killed");
    const acknowledged: Acknowledged[] = [];
    for (let round = 0; round < 20; round += 1) {
      const count = 2 + ((round * 37) % 150);
      const written = await writeUntil(folder, `r${round}`, (lines) => lines >= count);
      expect(written.length).toBeGreaterThanOrEqual(count);
      acknowledged.push(...written);
      const store = await openSqliteStore({ folder });
      await expectAll(store, await openFileVault({ folder, create: false }), acknowledged);
      await store.close();
    }

    acknowledged.push(...(await writeUntil(folder, "unopened", (lines) => lines >= 50)));
    const clears = acknowledged.flatMap((row) => (row.kind === "secret" ? [row.clear] : []));
    expect(clears.length).toBeGreaterThan(100);
    const names = filesBelow(folder).filter((name) => name !== "key-encryption.key");
    expect(names).toContain("countersign.db-wal");
    const dump = Buffer.concat(names.map((name) => readFileSync(join(folder, name))));
    expect(dump.includes("s-r0-0")).toBe(true);
    for (const clear of clears) expect(findLeaks(dump, clear)).toEqual([]);

    // The control: the same search over the same dump finds every form, once one is in it; and the key file opens every value.
    const [planted = ""] = clears;
    for (const [form, bytes] of secretForms(planted))
      expect(findLeaks(Buffer.concat([dump, bytes]), planted)).toContain(form);
    const store = await openSqliteStore({ folder });
    await expectAll(store, await openFileVault({ folder, create: false }), acknowledged);
    await store.close();
  }, 240_000);

  it("is completed by the next start where the first was killed while it made its key", async () => {
    const folder = join(root, "halted");
    await writeUntil(folder, "halt", (_, text) => text.includes('"halted"'));
    expect(readdirSync(folder)).not.toContain("key-encryption.key");
    const written = await writeUntil(folder, "again", (lines) => lines >= 20);
    const store = await openSqliteStore({ folder });
    await expectAll(store, await openFileVault({ folder, create: false }), written);
    await store.close();
  });

  it("is completed by the next start wherever in its first one it was killed", async () => {
    for (let count = 1; count <= 12; count += 1) {
      const folder = join(root, `first-${count}`);
      mkdirSync(folder, { mode: 0o700 });
      const child = spawn(process.execPath, commandLine(folder, "first"), { stdio: ["ignore", "ignore", "inherit"] });
      let changes = 0;
      const watcher = watch(folder, () => {
        changes += 1;
        if (changes >= count) child.kill("SIGKILL");
      });
      await killed(child);
      watcher.close();

      const written = await writeUntil(folder, "again", (lines) => lines >= 5);
      const store = await openSqliteStore({ folder });
      const vault = await openFileVault({ folder, create: false });
      await expectAll(store, vault, written);
      expect(await store.projects.get(project)).toEqual(sampleProject(project));
      expect(filesBelow(folder).filter((name) => name.includes("unfinished"))).toEqual([]);
      await store.close();
    }
  }, 120_000);

  it("is one process's alone: a second gets one line and exit code 2, and the first writes on", async () => {
    const folder = join(root, "taken");
    let second: { status: number | null; stdout: string; stderr: string } | null = null;
    let at = 0;
    const written = await writeUntil(folder, "first", (lines) => {
      if (lines < 10) return false;
      if (second === null) {
        second = spawnSync(process.execPath, commandLine(folder, "second"), { encoding: "utf8" });
        at = lines;
      }
      return lines > at + 10;
    });
    expect(second).toMatchObject({
      status: 2,
      stdout: "",
      stderr: `The data folder ${folder} is in use by another process. Stop the other process, or name another folder.\n`,
    });
    const store = await openSqliteStore({ folder });
    await expectAll(store, await openFileVault({ folder, create: false }), written);
    expect(await store.secrets.get(project, "s-second-0")).toBeNull();
    await store.close();
  });
});

describe("a data folder that this user may not read", () => {
  it("gets one line and exit code 2", () => {
    // No folder is closed to root, but the kernel's own file system takes none.
    const [folder, code] =
      process.getuid?.() === 0 ? ["/proc/countersign", "ENOENT"] : [join(root, "closed"), "EACCES"];
    if (code === "EACCES") mkdirSync(folder, { mode: 0o000 });
    const { status, stdout, stderr } = spawnSync(process.execPath, commandLine(folder, "none"), { encoding: "utf8" });
    if (code === "EACCES") chmodSync(folder, 0o700);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: "",
      stderr: `The data folder ${folder} cannot be used (${code}). Name a folder that this user may read and write.\n`,
    });
  });
});

describe.skipIf(postgresPrograms() === null && !requireAll)("a PostgreSQL database", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  it("shows no secret in a dump without the key file, and all with it", async () => {
    const url = await server.createDatabase();
    const folder = join(root, "keys");
    const store = await openPostgresStore({ url });
    const vault = await openFileVault({ folder });
    const secrets = Array.from({ length: 50 }, (_, i) => ({
      name: `nasa-${i}`,
      clear: `NASA-key-${i}-"quoted"/and+more=`,
    }));
    await store.projects.create(sampleProject(project), sampleSeed(project), []);
    for (const { name, clear } of secrets) {
      const secret = sampleSecret(project, name);
      await store.secrets.put({ ...secret, value: vault.seal(Buffer.from(clear), contextOf(secret)) });
    }
    const dump = server.dump(url);
    for (const { clear } of secrets) expect(findLeaks(dump, clear)).toEqual([]);
    for (const { name, clear } of secrets) {
      const held = await store.secrets.get(project, name);
      const { value } = held ?? { value: "none" };
      expect(dump.includes(value)).toBe(true);
      expect(Buffer.from(vault.open(value, contextOf(sampleSecret(project, name))).reveal()).toString()).toBe(clear);
    }

    // The control: a value stored in the clear is found by the same search.
    await store.secrets.put({ ...sampleSecret(project, "careless"), value: "careless-clear-value" });
    expect(findLeaks(server.dump(url), "careless-clear-value")).toContain("raw");
    await store.close();
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
}
