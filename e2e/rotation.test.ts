import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Agent } from "@countersign/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findLeaks } from "../examples/astropiks/src/leaks/find-leaks.ts";
import { demoNames } from "../examples/astropiks/src/world/demo-app.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rotation-"));
let world: DemoWorld;

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: false });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The real CLI as a process of its own, with the value on its standard input. Gives everything it printed. */
function cli(value: string, ...args: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const program = ["--conditions=@countersign/source", "apps/cli/src/main.ts", ...args];
    const env = { ...process.env, COUNTERSIGN_URL: world.origin, COUNTERSIGN_TOKEN: world.folder.readToken() ?? "" };
    const child = spawn(process.execPath, program, { cwd: root, env });
    const printed: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => printed.push(part));
    child.stderr.on("data", (part: Buffer) => printed.push(part));
    child.on("error", reject);
    child.on("close", (code) => {
      const all = Buffer.concat(printed);
      if (code === 0) resolve(all);
      else reject(new Error(`countersign ${args.join(" ")} ended with ${code}: ${all.toString()}`));
    });
    child.stdin.end(`${value}\n`);
  });
}

const rotate = (value: string): Promise<Buffer> =>
  cli(value, "secret", "rotate", demoNames.secret, "--project", demoNames.project);

const fetchStatus = async (agent: Agent): Promise<number> => {
  const url = `${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`;
  return (await agent.fetch(url)).status;
};

const versionOf = (agent: Agent): number =>
  agent.state().session?.secrets.find((secret) => secret.name === demoNames.secret)?.version ?? 0;

/** Resolves with the time of the first session that holds a version above `version`. */
function sessionAbove(agent: Agent, version: number): Promise<number> {
  return new Promise((resolve) => {
    const off = agent.on("session", () => {
      if (versionOf(agent) <= version) return;
      off();
      resolve(performance.now());
    });
  });
}

function untilWatching(agent: Agent): Promise<void> {
  return new Promise((resolve) => {
    if (agent.state().watching) return resolve();
    const off = agent.on("changed", (state) => {
      if (!state.watching) return;
      off();
      resolve();
    });
  });
}

async function running(device: "iphone" | "pixel", watch: boolean): Promise<Agent> {
  const { agent } = world.createAgent(device === "iphone" ? world.devices.iphone() : world.devices.pixel(), { watch });
  await agent.start();
  expect(await fetchStatus(agent)).toBe(200);
  if (watch) await untilWatching(agent);
  return agent;
}

describe.each(["iphone", "pixel"] as const)("a secret changed with the CLI, on a running %s,", (device) => {
  test("is used within one second through watch, by an app that does nothing", async () => {
    const agent = await running(device, true);
    const before = versionOf(agent);
    const reached = sessionAbove(agent, before);
    const changed = await world.changeKey(async (value) => {
      const printed = await rotate(value);
      expect(findLeaks([printed], { key: value })).toEqual([]);
    });
    const answeredAtMs = performance.now();
    // The CLI's process ends a moment after the service has answered it, so this is the stricter clock's upper bound.
    expect((await reached) - answeredAtMs).toBeLessThan(1000);
    expect(await fetchStatus(agent)).toBe(200);
    expect(world.standIn.seen().at(-1)?.apiKey).toBe(changed);
    agent.stop();
  });

  test("is used at the next refresh without watch, and not before", async () => {
    const agent = await running(device, false);
    const before = versionOf(agent);
    const changed = await world.changeKey((value) => rotate(value));
    expect(versionOf(agent)).toBe(before);
    expect(await fetchStatus(agent)).toBe(403);
    await agent.refresh("e2e");
    expect(versionOf(agent)).toBe(before + 1);
    expect(await fetchStatus(agent)).toBe(200);
    expect(world.standIn.seen().at(-1)?.apiKey).toBe(changed);
    agent.stop();
  });
});

test("from delivered to brokered with the CLI the running app goes on without the key, and back again with it", async () => {
  const agent = await running("iphone", false);
  const mode = (): string | undefined =>
    agent.state().session?.secrets.find((secret) => secret.name === demoNames.secret)?.mode;
  expect(mode()).toBe("delivered");
  const setMode = (to: string) => (value: string) =>
    cli(value, "secret", "set-mode", demoNames.secret, to, "--project", demoNames.project);

  const brokered = await world.changeKey(setMode("brokered"));
  await agent.refresh("e2e");
  expect(mode()).toBe("brokered");
  expect(await fetchStatus(agent)).toBe(200);
  expect(world.standIn.seen().at(-1)?.apiKey).toBe(brokered);

  await setMode("delivered")("");
  await agent.refresh("e2e");
  expect(mode()).toBe("delivered");
  expect(await fetchStatus(agent)).toBe(200);
  agent.stop();
});

test("from delivered to brokered the CLI wants a new value, or the plain word that the exposed one be kept", async () => {
  await expect(
    cli(world.apiKey(), "secret", "set-mode", demoNames.secret, "brokered", "--project", demoNames.project),
  ).rejects.toThrow(/ended with [12]/);
  await cli(
    "",
    "secret",
    "set-mode",
    demoNames.secret,
    "brokered",
    "--keep-exposed-value",
    "--project",
    demoNames.project,
  );
  await cli("", "secret", "set-mode", demoNames.secret, "delivered", "--project", demoNames.project);
});
