import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const launcher = fileURLToPath(new URL("../apps/cli/bin/countersign.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "first-start-"));
const running = new Set<ChildProcess>();

afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function countersign(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

const serve = (data: string): ChildProcess =>
  countersign("serve", "--data", data, "--port", "0", "--no-status-list-fetch", "--json");

/** The first line of standard output, read as JSON; rejects with what was said where the process ends without one. */
function firstLine<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    let [out, err] = ["", ""];
    child.stdout?.on("data", (part: Buffer) => {
      out += part.toString();
      if (out.includes("\n")) resolve(JSON.parse(out) as T);
    });
    child.stderr?.on("data", (part: Buffer) => {
      err += part.toString();
    });
    child.once("close", () => reject(new Error(`ended: ${err}`)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  const closed = once(child, "close");
  child.kill("SIGTERM");
  await closed;
  expect(child.exitCode).toBe(0);
}

/** Kills the first start of `data` at its `count`th change of the folder; false where it was up before. */
async function killFirstStart(data: string, count: number): Promise<boolean> {
  mkdirSync(data, { mode: 0o700 });
  let changes = 0;
  const child = serve(data);
  const watcher = watch(data, () => {
    changes += 1;
    if (changes === count) child.kill("SIGKILL");
  });
  const closed = once(child, "close");
  const isUp = await firstLine(child).then(
    () => true,
    () => false,
  );
  if (isUp) child.kill("SIGKILL");
  await closed;
  watcher.close();
  expect(child.signalCode).toBe("SIGKILL");
  return !isUp;
}

interface Ready {
  readonly origin: string;
  readonly bootstrapTokenFile: string | null;
}

async function becomeAdministrator({ origin }: Ready, token: string): Promise<string> {
  const answer = await fetch(`${origin}/admin/v1/bootstrap`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: token.trim(), name: "owner" }),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { token: string }).token;
}

describe("a service killed with kill -9 inside its first start", () => {
  test("starts the next time, wherever it was killed, and its owner becomes its administrator", async () => {
    let killed = 0;
    for (let count = 1; count <= 40; count += 3) {
      const data = join(folder, `at-${count}`);
      if (await killFirstStart(data, count)) killed += 1;
      let child = serve(data);
      let ready = await firstLine<Ready>(child);
      expect((await fetch(`${ready.origin}/readyz`)).status).toBe(200);
      let token = ready.bootstrapTokenFile === null ? null : readFileSync(ready.bootstrapTokenFile, "utf8");
      if (token === null) {
        // The first start had made its token already: the owner of the folder makes another.
        await stop(child);
        ({ token } = await firstLine<{ token: string }>(countersign("admin", "bootstrap", "--data", data, "--json")));
        child = serve(data);
        ready = await firstLine<Ready>(child);
      }
      const administrator = await becomeAdministrator(ready, token);
      const project = await fetch(`${ready.origin}/admin/v1/projects`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${administrator}` },
        body: JSON.stringify({ name: "first", kind: "production" }),
      });
      expect([count, project.status]).toEqual([count, 201]);
      await stop(child);
    }
    expect(killed).toBeGreaterThan(3);
  }, 240_000);
});
