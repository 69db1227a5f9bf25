import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, AgentError, type AgentEvents, type NativeKeys } from "@countersign/client";
import type { VirtualDevice } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoApp } from "../examples/astropiks/src/world/demo-app.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";

const folder = mkdtempSync(join(tmpdir(), "releases-"));
let world: DemoWorld;

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: false });
  await world.admin.call("PATCH", `/projects/${world.project.id}`, { reasons: false });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const devices = {
  ios: () => world.devices.iphone({ ios: "27" }),
  android: () => world.devices.pixel(),
} as const satisfies Record<string, () => VirtualDevice>;
type Platform = keyof typeof devices;

async function put(platform: Platform, version: string, status: "active" | "withdrawn"): Promise<void> {
  const app = `/projects/${world.project.id}/apps/${demoApp.claims.id}`;
  await world.admin.call("PUT", `${app}/releases/${platform}/${version}`, { status });
}

const fetchStatus = async (agent: Agent): Promise<number> => {
  const url = `${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`;
  return (await agent.fetch(url)).status;
};

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

function refusalOf(agent: Agent): Promise<{ readonly event: AgentEvents["refused"]; readonly atMs: number }> {
  return new Promise((resolve) => {
    const off = agent.on("refused", (event) => {
      off();
      resolve({ event, atMs: performance.now() });
    });
  });
}

async function running(device: VirtualDevice, watch: boolean): Promise<Agent> {
  const { agent } = world.createAgent(device, { watch });
  await agent.start();
  expect(await fetchStatus(agent)).toBe(200);
  if (watch) await untilWatching(agent);
  return agent;
}

/** The key store of one phone before and after an update: the app finds its old key and makes new ones. */
function withKeysOf(before: NativeKeys, after: NativeKeys): NativeKeys {
  const made = new Set<string>();
  const ofAlias = (alias: string): NativeKeys => (made.has(alias) ? after : before);
  return {
    platform: after.platform,
    enrol: async (challenge, alias) => {
      const key = await after.enrol(challenge, alias);
      made.add(key.alias);
      return key;
    },
    prove: (alias, statement) => ofAlias(alias).prove(alias, statement),
    provePrevious: (alias, statement) => ofAlias(alias).provePrevious(alias, statement),
    dpop: (alias, request) => ofAlias(alias).dpop(alias, request),
    httpSignature: (alias, request) => ofAlias(alias).httpSignature(alias, request),
    clientAttestationProof: (alias, request) => ofAlias(alias).clientAttestationProof(alias, request),
    forget: (alias) => ofAlias(alias).forget(alias),
  };
}

describe.each(["ios", "android"] as const)("a release on %s, withdrawn through the admin API,", (platform) => {
  const version = demoApp.claims.build;

  test("is refused within one second through watch and told to update, without reasons, and works again once active", async () => {
    const agent = await running(devices[platform](), true);
    const reached = refusalOf(agent);
    await put(platform, version, "withdrawn");
    const answeredAtMs = performance.now();
    const { event, atMs } = await reached;
    expect(atMs - answeredAtMs).toBeLessThan(1000);
    expect(event).toMatchObject({ action: "update" });
    expect(event.reasons).toBeUndefined();
    const error = await fetchStatus(agent).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AgentError);
    expect(error).toMatchObject({ code: "refused", action: "update", arc: event.arc });
    agent.stop();

    await put(platform, version, "active");
    const again = await running(devices[platform](), false);
    again.stop();
  });

  test("is refused at the next statement without watch", async () => {
    const agent = await running(devices[platform](), false);
    await put(platform, version, "withdrawn");
    expect(await agent.refresh("e2e")).toMatchObject({ outcome: "refused", action: "update" });
    agent.stop();
    await put(platform, version, "active");
  });

  test("stops no other release of the app", async () => {
    const agent = await running(devices[platform](), false);
    await put(platform, "99", "withdrawn");
    expect(await agent.refresh("e2e")).toMatchObject({ outcome: "session" });
    expect(await fetchStatus(agent)).toBe(200);
    agent.stop();
  });
});

describe("an Android app, enrolled as a release that is then withdrawn,", () => {
  const build = String(demoApp.versionCode + 1);
  const claims = { ...demoApp.claims, build };

  test("goes on once it is updated: the agent brings evidence of the running build by itself", async () => {
    const older = world.devices.pixel();
    const { agent: before, storage } = world.createAgent(older, { watch: false });
    await before.start();
    expect(await fetchStatus(before)).toBe(200);
    before.stop();
    await put("android", demoApp.claims.build, "withdrawn");

    const newer = world.devices.pixel({ versionCode: demoApp.versionCode + 1, app: claims });
    const { agent } = world.createAgent(
      { ...newer, keys: withKeysOf(older.keys, newer.keys) },
      { watch: false, storage },
    );
    await agent.start();
    expect(await fetchStatus(agent)).toBe(200);
    expect(await agent.refresh("e2e")).toMatchObject({ outcome: "session", verdict: "trusted" });
    agent.stop();
    await put("android", demoApp.claims.build, "active");
  });

  test("is refused where it only claims to be updated, after one enrolment and with the same advice", async () => {
    const agent = await running(world.devices.pixel({ app: claims }), false);
    await put("android", demoApp.claims.build, "withdrawn");
    expect(await agent.refresh("e2e")).toMatchObject({ outcome: "refused", action: "update" });
    agent.stop();
    await put("android", demoApp.claims.build, "active");
  });
});
