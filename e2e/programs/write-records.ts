/*
 * A process to be killed: opens the data folder as the service does, then writes rows of many kinds for ever and prints each as one line
 * of JSON once its write was acknowledged. `node write-records.ts FOLDER ROUND`; exit 2 with one line where it cannot start.
 * With the round `halt` it stops for ever while the first start makes its key.
 */
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { StartError } from "../../apps/server/src/data-folder/start-error.ts";
import type { RecordStore, Vault } from "../../apps/server/src/domain/ports/index.ts";
import {
  sampleInstance,
  sampleProject,
  sampleSecret,
  sampleSeed,
  sampleTrace,
} from "../../apps/server/src/store/record-samples.suite.ts";
import { openSqliteStore } from "../../apps/server/src/store/sqlite-store.ts";
import { openFileVault } from "../../apps/server/src/vault/file-vault.ts";

const [folder = "", round = ""] = process.argv.slice(2);
const project = "durable";

/** Synchronous: what was printed is in the pipe when the process dies. */
function print(line: unknown): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length; at += writeSync(1, bytes, at));
}

function halt(): never {
  print({ kind: "halted" });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error("unreachable");
}

async function writeForEver(store: RecordStore, vault: Vault): Promise<void> {
  const each = async (write: (id: string, number: number) => Promise<unknown>): Promise<never> => {
    for (let number = 0; ; number += 1) print(await write(`${round}-${number}`, number));
  };
  await Promise.all([
    each(async (id) => {
      const clear = `secret-value-${id}-${randomBytes(9).toString("hex")}`;
      const secret = {
        ...sampleSecret(project, `s-${id}`),
        value: vault.seal(Buffer.from(clear), ["secret", project, `s-${id}`, "1"]),
      };
      if (!(await store.secrets.put(secret))) throw new Error("A secret was not taken.");
      return { kind: "secret", secret, clear };
    }),
    each(async (id) => {
      const held = await store.secrets.get(project, "rotated");
      const secret = { ...sampleSecret(project, "rotated"), version: (held?.version ?? 0) + 1, value: `sealed-${id}` };
      if (!(await store.secrets.put(secret))) throw new Error("A rotation was not taken.");
      return { kind: "rotation", secret };
    }),
    each(async (id, number) => {
      const instance = { ...sampleInstance(project, `i-${id}`, "android"), counter: number, serials: [`serial-${id}`] };
      await store.instances.put(instance);
      return { kind: "instance", instance };
    }),
    each(async (id) => {
      const ban = await store.bans.add({
        project,
        kind: "ban",
        by: "instance",
        target: `i-${id}`,
        reason: id,
        createdAtMs: 1,
        untilMs: null,
      });
      return { kind: "ban", ban };
    }),
    each(async (id, number) => {
      const trace = sampleTrace(project, `arc-${id}`, number);
      await store.traces.add(trace);
      return { kind: "trace", trace };
    }),
    each(async (id, number) => {
      await store.audit.add({ project, atMs: number, actor: "test", action: "write", target: id, detail: { number } });
      return { kind: "audit", target: id };
    }),
  ]);
}

try {
  const store = await openSqliteStore({ folder });
  const vault = await openFileVault({ folder, random: round === "halt" ? halt : randomBytes });
  if ((await store.projects.get(project)) === null)
    await store.projects.create(sampleProject(project), sampleSeed(project), []);
  print({ kind: "started" });
  await writeForEver(store, vault);
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`${error.message} ${error.action}\n`);
  process.exitCode = 2;
}
