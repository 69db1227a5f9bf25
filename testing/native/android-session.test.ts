import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, createAgent } from "@countersign/client";
import { createNativePorts, type NativeBridge } from "@countersign/client/native";
import { nodeRandomness } from "@countersign/client/node";
import { decodeBase64url, encodeBase64url } from "@countersign/protocol";
import type { VirtualDevice } from "@countersign/virtual-device";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../../examples/astropiks/src/world/demo-world.ts";
import { requireAll } from "../vectors.ts";
import { hasJava, nativeModules } from "./installed.ts";
import { compileKotlinBridge, type KotlinBridge, startKotlinBridge, writeDevice } from "./kotlin-bridge.ts";

const canRun = hasJava && nativeModules !== null;

/** DER of SubjectPublicKeyInfo up to a P-256 point (RFC 5480). */
const spkiHead = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");

/** The bridge with the certificates that a Pixel's keystore gives for its keys: those of a keystore in software prove nothing. */
function certified(bridge: NativeBridge, pixel: VirtualDevice): NativeBridge {
  const bytesOf = (text: string) => decodeBase64url(text) ?? new Uint8Array(0);
  return {
    ...bridge,
    async enrol(of) {
      const made = await bridge.enrol(of);
      const spki = Buffer.concat([spkiHead, bytesOf(made.instanceKey)]);
      const evidence = made.evidence.map((each) =>
        each.type === "android"
          ? { ...each, chain: pixel.evil.attest(spki, bytesOf(each.challenge)).map((der) => encodeBase64url(der)) }
          : each,
      );
      return { ...made, evidence };
    },
  };
}

describe.skipIf(!canRun && !requireAll)("an app over the Android agent, run on a JVM", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-kotlin-session-"));
  const device = join(folder, "device");
  let world: DemoWorld;
  let pixel: VirtualDevice;
  const running: { readonly agent: Agent; readonly native: KotlinBridge }[] = [];

  /** A process of the app: the core here, its native half in a process of its own. */
  function launch() {
    const { configuration } = world.project;
    const native = startKotlinBridge(folder, { configuration, device, hosts: [] });
    const { version, build, id } = pixel.app;
    const ports = createNativePorts({
      configuration,
      app: id,
      bridge: certified(native.bridge, pixel),
      identity: { platform: "android", version, build, bundle: null },
      randomness: nodeRandomness(),
    });
    const agent = createAgent({ configuration, ports });
    running.push({ agent, native });
    return { agent, native };
  }
  const photo = (placeholder: string): string =>
    `https://${world.standIn.host}:${world.standIn.port}/planetary/apod?api_key=${placeholder}&date=2026-01-02`;

  beforeAll(async () => {
    expect(compileKotlinBridge(folder)).toEqual([]);
    world = await createDemoWorld({ folder, port: 0, tls: false });
    pixel = world.devices.pixel();
    writeDevice(device, [world.standInCa], Date.now());
  }, 120_000);
  afterEach(() => {
    for (const { agent, native } of running.splice(0)) {
      agent.stop();
      native.close();
    }
  });
  afterAll(async () => {
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("attests, opens its session and gets what its key is for, through Kotlin alone", async () => {
    const { agent, native } = launch();
    await agent.start();
    const answer = await agent.fetch(photo(world.placeholder));
    expect([answer.status, (await answer.json()) as object]).toMatchObject([200, { media_type: "image" }]);
    expect(agent.state().session).toMatchObject({ secrets: [{ mode: "delivered" }] });
    expect(await native.call("policy", `${world.standIn.host} ${world.standIn.port}`)).toBe("held");
  });

  it("goes on after its process ended, as the same instance, and has its broker use the key that it never gets", async () => {
    const first = launch();
    await first.agent.start();
    await first.agent.refresh();
    const { instance } = first.agent.state();
    first.agent.stop();
    const { agent } = launch();
    await agent.start();
    expect((await agent.refresh()).outcome).toBe("session");
    expect([agent.state().instance, instance]).toEqual([instance, expect.any(String)]);
    const answer = await agent.fetch(photo(world.brokeredPlaceholder));
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("media_type")]);
  });
});
