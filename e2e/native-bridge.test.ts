import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, createAborter, createAgent, type SocketTransport } from "@countersign/client";
import { createNativePorts } from "@countersign/client/native";
import {
  memoryStorage,
  nodeChannelTransport,
  nodeRandomness,
  nodeServiceTransport,
  nodeSocketTransport,
} from "@countersign/client/node";
import type { VirtualDevice } from "@countersign/virtual-device";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { createNativeHalf, type NativeHalf } from "../testing/native-half.ts";

const folder = mkdtempSync(join(tmpdir(), "native-bridge-"));
let world: DemoWorld;
const agents: Agent[] = [];

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: false });
});
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.stop();
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

interface App {
  readonly agent: Agent;
  readonly half: NativeHalf;
}

/** An app whose JavaScript has nothing but a bridge to its device. */
function appOn(device: VirtualDevice, storage = memoryStorage(), sockets?: SocketTransport): App {
  const { configuration } = world.project;
  const store = { trustedCas: [world.standInCa] };
  const half = createNativeHalf({
    device,
    storage,
    service: nodeServiceTransport({ configuration }),
    channel: nodeChannelTransport(store),
    sockets: sockets ?? nodeSocketTransport(store),
  });
  const { version, build, id } = device.app;
  const ports = createNativePorts({
    configuration,
    app: id,
    bridge: half.bridge,
    identity: { platform: device.keys.platform as "ios" | "android", version, build, bundle: null },
    randomness: nodeRandomness(),
  });
  const agent = createAgent({ configuration, ports });
  agents.push(agent);
  return { agent, half };
}

const photo = (placeholder: string): string =>
  `https://${world.standIn.host}:${world.standIn.port}/planetary/apod?api_key=${placeholder}&date=2026-01-02`;

describe.each(["pixel", "iphone"] as const)("an app with a native half, on a virtual %s", (kind) => {
  it("attests, opens its session and gets what its key is for", async () => {
    const { agent, half } = appOn(world.devices[kind]());
    await agent.start();
    const answer = await agent.fetch(photo(world.placeholder));
    expect([answer.status, (await answer.json()) as object]).toMatchObject([200, { media_type: "image" }]);
    expect(agent.state().session).toMatchObject({ secrets: [{ mode: "delivered" }] });
    const { host, port } = world.standIn;
    expect(half.channels()).toContainEqual({ host, port, policy: expect.objectContaining({ channel: "roots" }) });
    agent.stop();
    expect(half.open()).toBe(0);
  });

  it("has its broker use the key that it never gets: nothing that crosses the bridge holds it", async () => {
    const { agent, half } = appOn(world.devices[kind]());
    await agent.start();
    const answer = await agent.fetch(photo(world.brokeredPlaceholder));
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("media_type")]);
    for (const key of world.apiKeys()) expect(half.crossed.filter((text) => text.includes(key))).toEqual([]);
    expect(half.crossed.length).toBeGreaterThan(5);
  });

  it("goes on after its process ended, with the same instance and without another attestation", async () => {
    const [device, storage] = [world.devices[kind](), memoryStorage()];
    const first = appOn(device, storage);
    await first.agent.start();
    await first.agent.refresh();
    const { instance } = first.agent.state();
    first.agent.stop();
    const second = appOn(device, storage);
    await second.agent.start();
    expect((await second.agent.refresh()).outcome).toBe("session");
    expect([second.agent.state().instance, instance]).toEqual([instance, expect.any(String)]);
    expect(second.half.crossed.filter((text) => text.includes(`"challenge"`) && text.includes("evidence"))).toEqual([]);
  });

  it("gives up natively what its caller gave up", async () => {
    const { agent, half } = appOn(world.devices[kind]());
    await agent.start();
    await agent.refresh();
    const aborter = createAborter();
    const answering = agent.fetch(photo(world.placeholder), { abort: aborter.handle });
    aborter.abort();
    await expect(answering).rejects.toMatchObject({ code: "aborted" });
    agent.stop();
    expect(half.open()).toBe(0);
  });
});
