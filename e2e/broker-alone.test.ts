import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { jsonShapes } from "../apps/cli/src/json-shapes.ts";
import type { DemoAgent } from "../examples/astropiks/src/world/demo-agent.ts";
import { demoNames } from "../examples/astropiks/src/world/demo-app.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { type CommandLine, commandLineOf } from "../testing/command-line.ts";
import { findLeaks } from "../testing/leak-detector.ts";
import { freePort } from "../testing/mitmproxy.ts";

const launcher = fileURLToPath(new URL("../apps/cli/bin/countersign.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "broker-alone-"));
/** Where the broker runs: it must leave it as it found it. */
const elsewhere = mkdtempSync(join(tmpdir(), "broker-machine-"));
const soon = { timeout: 20_000, interval: 20 };

interface Running {
  readonly child: ChildProcess;
  readonly said: { readonly origin: string; readonly ready: boolean };
  log(): string;
}

const running = new Set<ChildProcess>();

async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const child = spawn(process.execPath, [launcher, ...args, "--json"], {
    cwd: elsewhere,
    env: { PATH: process.env.PATH, HOME: elsewhere, COUNTERSIGN_STATUS_LIST_FETCH: "off", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("close", () => running.delete(child));
  let [out, err] = ["", ""];
  child.stderr.on("data", (part: Buffer) => (err += part.toString()));
  const said = await new Promise<Running["said"]>((resolve, reject) => {
    child.stdout.on("data", (part: Buffer) => {
      out += part.toString();
      if (out.includes("\n")) resolve(JSON.parse(out) as Running["said"]);
    });
    child.once("close", () => reject(new Error(`ended: ${err}`)));
  });
  return { child, said, log: () => err };
}

async function stop({ child }: Running, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, "exit");
  child.kill(signal);
  const [code] = (await exited) as [number | null];
  return code;
}

describe("a broker on a machine of its own", () => {
  let world: DemoWorld;
  let service: Running;
  let broker: Running;
  let cli: CommandLine;
  let one: DemoAgent;
  let other: DemoAgent;
  let credential = "";
  const keys: string[] = [];
  const serve = () => start(["serve", "--data", folder, "--port", String(world.port), "--no-broker"]);
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await cli([...args, "--project", world.project.id]);
    if (code !== 0) throw new Error(`${args.join(" ")}: ${err}`);
    return out;
  };
  const url = () => `${world.standIn.origin}/planetary/apod?api_key=${world.brokeredPlaceholder}&date=2024-01-01`;
  const status = async ({ agent }: DemoAgent): Promise<number> => (await agent.fetch(url())).status;
  const lastKey = () => world.standIn.seen().at(-1)?.apiKey;

  beforeAll(async () => {
    world = await createDemoWorld({ folder, port: 0, tls: false });
    keys.push(...world.apiKeys());
    const { token } = { token: world.folder.readToken() ?? "" };
    await world.service.close();
    service = await serve();
    cli = commandLineOf(service.said.origin, token);
    const port = await freePort();
    credential = (await run("broker", "add", "edge", "--origin", `http://127.0.0.1:${port}`)).trim();
    const file = join(elsewhere, "credential");
    writeFileSync(file, `${credential}\n`, { mode: 0o600 });
    const on = ["--credential-file", file, "--port", String(port)];
    broker = await start(["broker", "run", ...on, "--stale-seconds", "2", "--log-level", "debug"]);
    await run("broker", "use", "edge");
    one = world.createAgent(world.devices.iphone());
    other = world.createAgent(world.devices.pixel());
  }, 120_000);

  afterAll(async () => {
    one?.agent.stop();
    other?.agent.stop();
    for (const child of running) {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
    }
    await world?.close();
    for (const each of [folder, elsewhere]) rmSync(each, { recursive: true, force: true });
  });

  test("uses the secret for a genuine app that was never told of it, and the service no more", async () => {
    expect(broker.said.ready).toBe(true);
    expect(Object.keys(broker.said)).toEqual(jsonShapes["broker run"]);
    expect([await status(one), await status(other)]).toEqual([200, 200]);
    expect(keys).toContain(lastKey());
    expect((await fetch(`${service.said.origin}/b/${world.project.id}/nasa/planetary/apod`)).status).toBe(404);
  });

  test("uses a rotated secret at once", async () => {
    const next = `demo-${"n".repeat(27)}`;
    keys.push(next);
    world.standIn.accept([next]);
    const rotated = await cli(["secret", "rotate", demoNames.brokeredSecret, "--project", world.project.id], next);
    expect([rotated.err, rotated.code]).toEqual(["", 0]);
    await vi.waitFor(async () => expect([await status(one), lastKey()]).toEqual([200, next]), soon);
  });

  test("turns a banned instance away, and no other", async () => {
    const banned = other.agent.state().instance ?? "";
    await run("instance", "ban", banned, "--reason", "test");
    await vi.waitFor(async () => {
      const answered = await status(other).catch((error: unknown) => error);
      expect(answered).not.toBe(200);
    }, soon);
    expect(await status(one)).toBe(200);
  });

  test("serves nobody while the service is away for too long, and goes on when it is back", async () => {
    const ready = async (): Promise<number> => (await fetch(`${broker.said.origin}/readyz`)).status;
    await stop(service, "SIGKILL");
    await vi.waitFor(async () => expect(await ready()).toBe(503), soon);
    expect(await status(one)).toBe(503);
    service = await serve();
    await vi.waitFor(async () => expect(await ready()).toBe(200), soon);
    await vi.waitFor(async () => expect(await status(one)).toBe(200), soon);
  });

  test("keeps nothing on its disk and no secret in its log, and ends with 0", async () => {
    await run("broker", "remove", "edge");
    await vi.waitFor(async () => expect((await fetch(`${broker.said.origin}/readyz`)).status).toBe(503), soon);
    expect(await stop(broker, "SIGTERM")).toBe(0);
    expect(readdirSync(elsewhere)).toEqual(["credential"]);
    const log = Buffer.from(broker.log());
    expect(log.length).toBeGreaterThan(0);
    for (const secret of [...keys, credential.slice(4, 47)]) expect(findLeaks(log, Buffer.from(secret))).toEqual([]);
  });

  test("starts with no credential that others can read, and with none on its command line", async () => {
    const file = join(elsewhere, "credential");
    chmodSync(file, 0o644);
    await expect(start(["broker", "run", "--credential-file", file, "--port", "0"])).rejects.toThrow(/chmod 600/);
    await expect(start(["broker", "run", "--port", "0"])).rejects.toThrow(/COUNTERSIGN_BROKER_CREDENTIAL/);
    const bad = { COUNTERSIGN_BROKER_CREDENTIAL: "csk_nothing" };
    await expect(start(["broker", "run", "--port", "0"], bad)).rejects.toThrow(/countersign broker add/);
  });
});
