import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, createAgent, type PlayIntegrity } from "@countersign/client";
import { createNativePorts } from "@countersign/client/native";
import {
  memoryStorage,
  nodeChannelTransport,
  nodeRandomness,
  nodeServiceTransport,
  nodeSocketTransport,
} from "@countersign/client/node";
import { toPlayVerdict } from "@countersign/virtual-device";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { demoApp } from "../examples/astropiks/src/world/demo-app.ts";
import { createDemoDevices } from "../examples/astropiks/src/world/demo-devices.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { createNativeHalf } from "../testing/native-half.ts";

const folder = mkdtempSync(join(tmpdir(), "play-integrity-"));
const agents: Agent[] = [];
let world: DemoWorld;

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: false });
});
afterEach(() => {
  for (const agent of agents.splice(0)) agent.stop();
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An app with a native half, in the project that demands Play's word. */
function appOn(kind: "pixel" | "iphone", play?: PlayIntegrity): Agent {
  const { authority, clock, playProject } = world;
  const { configuration } = playProject;
  const device = createDemoDevices({ authority, project: playProject.id, nowMs: clock.nowMs })[kind]();
  const { bridge } = createNativeHalf({
    device,
    storage: memoryStorage(),
    service: nodeServiceTransport({ configuration }),
    channel: nodeChannelTransport(),
    sockets: nodeSocketTransport(),
  });
  const { id, version, build } = device.app;
  const identity = { platform: kind === "pixel" ? "android" : "ios", version, build, bundle: null } as const;
  const randomness = nodeRandomness();
  const ports = createNativePorts({ configuration, app: id, bridge, identity, randomness, ...(play && { play }) });
  const agent = createAgent({ configuration, ports, options: { watch: false } });
  agents.push(agent);
  return agent;
}

/** Google's library on a genuine phone: a token over the hash that it is given. */
const google = (asked: string[] = []): PlayIntegrity => ({
  token: async (requestHash) => {
    asked.push(requestHash);
    const { packageName, signingDigest } = demoApp;
    const findings = { packageName, signingDigest, versionCode: 100, nowMs: world.clock.nowMs() };
    return world.google.classicToken(toPlayVerdict(findings, { nonce: requestHash }));
  },
});

describe("an app in a project that demands Play Integrity", () => {
  it("is trusted with a token over its own enrolment, asked for once", async () => {
    const asked: string[] = [];
    const agent = appOn("pixel", google(asked));
    expect(await agent.refresh()).toMatchObject({ outcome: "session", verdict: "trusted" });
    await agent.refresh();
    expect(asked).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
  });

  it.each<[string, PlayIntegrity | undefined]>([
    ["brings no library", undefined],
    ["has a library that gives none", { token: () => Promise.reject(new Error("no Play services")) }],
    [
      "has a library that throws",
      {
        token: () => {
          throw new Error("no Play services");
        },
      },
    ],
    ["has a library that gives what is no token", { token: async () => "no token at all" }],
    ["shows a token over another hash", { token: () => google().token("A".repeat(43)) }],
  ])("is not trusted where it %s", async (_what, play) => {
    const summary = await appOn("pixel", play).refresh();
    expect(summary.verdict).not.toBe("trusted");
  });

  it("asks nothing of Play on an iPhone", async () => {
    const asked: string[] = [];
    await appOn("iphone", google(asked)).refresh();
    expect(asked).toEqual([]);
  });
});
