import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VirtualDevice } from "@countersign/virtual-device";
import jwt from "jsonwebtoken";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findLeaks } from "../examples/astropiks/src/leaks/find-leaks.ts";
import type { DemoAgent } from "../examples/astropiks/src/world/demo-agent.ts";
import { demoNames } from "../examples/astropiks/src/world/demo-app.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { findLeaks as findLeaksOtherwise } from "../testing/leak-detector.ts";

const launcher = join(import.meta.dirname, "../apps/cli/bin/countersign.js");
const folder = mkdtempSync(join(tmpdir(), "decoy-"));
const logged: string[] = [];
/** Everything that a device saw: each byte from the service, and what its app was handed. */
const seen: Uint8Array[] = [];
let world: DemoWorld;
let shopSecret: Buffer;
let decoySecret: Buffer;

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: false, logLine: (line) => void logged.push(line) });
  const base = `/projects/${world.project.id}`;
  // Decoys need HS256 at every API with tokens, so the demo's backend gives way to one that has it.
  await world.admin.call("DELETE", `${base}/apis/${demoNames.backend}`);
  await world.admin.call("POST", `${base}/apis`, {
    id: "shop",
    host: "shop.astropiks.example",
    channel: "system",
    token: { header: "Shop-Token", prefix: "", alg: "HS256" },
  });
  await cli(["project", "set", "--decoy", "on"]);
  shopSecret = await exported([]);
  decoySecret = await exported(["--decoy"]);
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The operator's command, against the running service. */
async function run(args: readonly string[], input = ""): Promise<Run> {
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      COUNTERSIGN_URL: world.origin,
      COUNTERSIGN_TOKEN: world.folder.readToken() ?? "",
      COUNTERSIGN_PROJECT: world.project.id,
    },
    stdio: "pipe",
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out, err };
}

async function cli<T>(args: readonly string[], input = ""): Promise<T> {
  const { code, out, err } = await run([...args, "--json"], input);
  expect([args, code, err]).toEqual([args, 0, ""]);
  return JSON.parse(out) as T;
}

async function exported(more: readonly string[]): Promise<Buffer> {
  const { value } = await cli<{ value: string }>(["key", "export", "shop", ...more, "--reveal"]);
  return Buffer.from(value, "base64");
}

function agentOn(device: VirtualDevice): DemoAgent {
  return world.createAgent(device, {
    watch: false,
    middleman: async (request, forward) => {
      const response = await forward(request);
      seen.push(Buffer.from(JSON.stringify(response)), Buffer.from(response.body ?? ""));
      return response;
    },
  });
}

const brokeredUrl = (): string =>
  `${world.standIn.origin}/planetary/apod?api_key=${world.brokeredPlaceholder}&date=2024-01-01`;
const deliveredUrl = (): string =>
  `${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`;

const verify = (token: string, secret: Buffer): jwt.JwtPayload =>
  jwt.verify(token, secret, { algorithms: ["HS256"], audience: "shop" }) as jwt.JwtPayload;

const hook = { name: "hook", count: 1, ageSeconds: 0 };

/** A device that is refused, and what is to become of it between its first session and the one that counts. */
interface Cause {
  readonly reason: string;
  make(): VirtualDevice;
  meanwhile?(device: VirtualDevice, agent: DemoAgent): Promise<unknown>;
}

const causes: readonly (readonly [string, Cause])[] = [
  [
    "evidence of a revoked batch",
    { reason: "certificate_revoked", make: () => world.devices.pixel({ revokedBatch: true }) },
  ],
  [
    "evidence of a re-signed app",
    { reason: "signing_digest_mismatch", make: () => world.devices.pixel({ signingDigest: "cd".repeat(32) }) },
  ],
  [
    "policy against an unlocked bootloader",
    { reason: "bootloader_unlocked", make: () => world.devices.pixel({ locked: false }) },
  ],
  [
    "a ban",
    {
      reason: "banned",
      make: () => world.devices.iphone(),
      meanwhile: (_, { agent }) => cli(["instance", "ban", agent.state().instance ?? "", "--reason", "test"]),
    },
  ],
  [
    "a severe signal",
    {
      reason: "signal_hook",
      make: () => {
        const device = world.devices.iphone();
        device.see(hook);
        return device;
      },
    },
  ],
  [
    "the quarantine that a severe signal left",
    {
      reason: "quarantined",
      make: () => world.devices.pixel(),
      meanwhile: async (device, { agent }) => {
        device.see(hook);
        await agent.refresh();
        device.evil.clearSignals();
      },
    },
  ],
];

describe("a genuine device of a project with decoys", () => {
  test("has tokens that a backend takes, secrets that the third party takes, and brokered calls that reach it", async () => {
    const { agent } = agentOn(world.devices.pixel());
    const token = await agent.getToken("shop");
    expect(verify(token, shopSecret).aud).toBe("shop");
    expect(() => verify(token, decoySecret)).toThrow("invalid signature");
    expect([(await agent.fetch(deliveredUrl())).status, (await agent.fetch(brokeredUrl())).status]).toEqual([200, 200]);
    agent.stop();
  });
});

describe.each(causes)("a device that is refused for %s", (_, { reason, make, meanwhile }) => {
  test("has a session that is worth nothing, and nobody but the operator is told", async () => {
    const device = make();
    const subject = agentOn(device);
    const { agent } = subject;
    await agent.getToken("shop");
    await meanwhile?.(device, subject);
    const summary = await agent.refresh();
    expect([summary.outcome, summary.verdict]).toEqual(["session", "trusted"]);

    const token = await agent.getToken("shop");
    expect(() => verify(token, shopSecret)).toThrow("invalid signature");
    const claims = verify(token, decoySecret);
    const genuine = agentOn(world.devices.pixel());
    const real = jwt.decode(await genuine.agent.getToken("shop"), { complete: true });
    genuine.agent.stop();
    expect(jwt.decode(token, { complete: true })?.header).toEqual(real?.header);
    expect(Object.keys(claims)).toEqual(Object.keys(real?.payload ?? {}));

    const hits = world.standIn.seen().length;
    const brokered = await agent.fetch(brokeredUrl());
    expect([
      brokered.status,
      await brokered.text(),
      new Headers(brokered.headers.map(([name, value]): [string, string] => [name, value])).get("retry-after"),
    ]).toEqual([429, "{}", "60"]);
    expect(world.standIn.seen()).toHaveLength(hits);
    const delivered = await agent.fetch(deliveredUrl());
    expect(delivered.status).toBe(403);
    const canary = world.standIn.seen().at(-1)?.apiKey ?? "";
    expect([canary.length, world.apiKeys().includes(canary)]).toEqual([world.apiKey().length, false]);

    seen.push(Buffer.from(token), Buffer.from(canary), Buffer.from(await delivered.text()));
    seen.push(...subject.storage.values().map((value) => Buffer.from(value)));
    const trace = await cli<{ verdict: string; decoy: boolean; reasons: { reason: string }[] }>([
      "arc",
      "show",
      agent.state().arc ?? "",
    ]);
    expect([trace.verdict, trace.decoy]).toEqual(["refused", true]);
    const earlier = await world.service.domain.device.store.events.countDecoys(world.project.id, 0, Date.now() * 2);
    expect(earlier).toBeGreaterThan(0);
    expect(logged.some((line) => line.includes("brokered_decoy"))).toBe(true);
    expect(trace.reasons.map((each) => each.reason)).toEqual(
      expect.arrayContaining([meanwhile === undefined && reason !== "signal_hook" ? "decoy_credential" : reason]),
    );
    agent.stop();
  });
});

describe("afterwards", () => {
  test("no secret was seen by any refused device, in any form, nor by the log", () => {
    const all = [...seen, Buffer.from(logged.join("\n"))];
    const secrets = Object.fromEntries(world.apiKeys().map((value, at) => [`key ${at}`, value]));
    expect(
      findLeaks(all, { ...secrets, shop: shopSecret.toString("base64"), decoy: decoySecret.toString("base64") }),
    ).toEqual([]);
    for (const value of [...world.apiKeys(), shopSecret, decoySecret]) {
      expect(findLeaksOtherwise(Buffer.concat(all), value)).toEqual([]);
    }
  });

  test("the operator counts decoys beside refusals", async () => {
    const { verdicts, decoys } = await cli<{ verdicts: Record<string, number>; decoys: number }>(["activity"]);
    expect(decoys).toBeGreaterThanOrEqual(causes.length);
    expect(verdicts.refused).toBe(decoys);
    const { out } = await run(["activity"]);
    expect(out).toMatch(/refused by decoy +\d+/);
  });

  test("what would tell a decoy is refused while decoys are on", async () => {
    const refused = async (args: readonly string[], input = "") => {
      const { code, err } = await run(args, input);
      expect([args, code]).toEqual([args, 2]);
      return err;
    };
    expect(await refused(["project", "set", "--reasons", "on"])).toContain("exclude each other");
    const api = ["--host", "new.example", "--token-header", "Token"];
    expect(await refused(["api", "add", "new", ...api])).toContain("ES256");
    const key = join(folder, "recipient.pem");
    const { generateKeyPairSync } = await import("node:crypto");
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(key, pair.publicKey.export({ format: "pem", type: "spki" }));
    const encrypted = [...api, "--token-alg", "HS256", "--encrypt-to", key];
    expect(await refused(["api", "add", "new", ...encrypted])).toContain("encrypted");
    expect(await refused(["oauth-client", "add", "client"])).toContain("decoys");
  });

  test("an operator's canary is what decoys are given", async () => {
    await cli(["secret", "set-canary", demoNames.secret], "an-operators-canary");
    const { agent } = agentOn(world.devices.pixel({ locked: false }));
    await agent.fetch(deliveredUrl());
    expect(world.standIn.seen().at(-1)?.apiKey).toBe("an-operators-canary");
    agent.stop();
  });
});
