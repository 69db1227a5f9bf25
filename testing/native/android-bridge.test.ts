import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkNativeHalf } from "@countersign/client/native-check";
import { nodeRandomness } from "@countersign/client/node";
import { formatConfigurationString, parseConfigurationString } from "@countersign/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../../examples/astropiks/src/world/demo-world.ts";
import { requireAll } from "../vectors.ts";
import { hasJava, nativeModules } from "./installed.ts";
import { compileKotlinBridge, type KotlinBridge, startKotlinBridge, writeDevice } from "./kotlin-bridge.ts";

const canRun = hasJava && nativeModules !== null;
const policy = { channel: "system", pins: [], roots: [] } as const;

describe.skipIf(!canRun && !requireAll)("the Android bridge, on a JVM with a keystore in software", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-kotlin-bridge-"));
  const device = join(folder, "device");
  let world: DemoWorld;
  let configuration: string;
  let native: KotlinBridge;
  const start = (): KotlinBridge => startKotlinBridge(folder, { configuration, device, hosts: ["service.example"] });

  beforeAll(async () => {
    expect(compileKotlinBridge(folder)).toEqual([]);
    world = await createDemoWorld({ folder, port: 0, tls: true });
    const parsed = parseConfigurationString(world.project.configuration);
    if (!parsed.ok) throw new TypeError(parsed.detail);
    // Under a name that is not this very machine's, the service is spoken to over TLS.
    configuration = formatConfigurationString({ ...parsed.value, host: "service.example" });
    writeDevice(device, [world.serviceCa ?? ""], Date.now());
    native = start();
  }, 120_000);
  afterAll(async () => {
    native?.close();
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("keeps every promise of the native half's contract", async () => {
    const report = await checkNativeHalf({
      configuration,
      bridge: native.bridge,
      identity: { platform: "android", version: "1.0", build: "1", bundle: null },
      randomness: nodeRandomness(),
      clock: { runsInSleep: true, continuousMs: () => performance.now(), wallMs: () => Date.now() },
    });
    expect(report.outcomes.filter(({ outcome }) => outcome !== "held")).toEqual([]);
  });

  it("keeps what it stored, and what was said of channels, for a later process", async () => {
    await native.bridge.write({ name: "kept", value: "later" });
    await native.bridge.holdChannels({ channels: [{ host: "api.example.com", port: 443, policy }] });
    const later = start();
    expect(await later.bridge.read({ name: "kept" })).toEqual({ value: "later" });
    const places = ["api.example.com 443", "api.example.com 444", "example.com 443"];
    expect(await Promise.all(places.map((place) => later.call("policy", place)))).toEqual(["held", "none", "none"]);
    later.close();
  });

  it("ends what is under way where it sees a severe signal, before it tells of it", async () => {
    const peer = createServer((socket) => void socket.on("error", () => {}));
    peer.listen(0, "127.0.0.1");
    await once(peer, "listening");
    const { port } = peer.address() as AddressInfo;
    const hooked = start();
    const where = { secure: false, host: "localhost", port, target: "/", headers: [], policy };
    const asked = once(peer, "connection");
    const ended = hooked.bridge
      .send({ exchange: "1", method: "GET", body: null, upload: null, ...where })
      .catch((error: unknown) => error);
    await asked;
    expect((await hooked.bridge.observe()).seen).toEqual([]);
    writeFileSync(join(device, "hook"), "");
    expect((await hooked.bridge.observe()).seen).toMatchObject([{ name: "hook", count: 1 }]);
    expect(await ended).toMatchObject({ code: "aborted" });
    rmSync(join(device, "hook"));
    hooked.close();
    peer.close();
  });

  it("takes a development project's configuration string in a debuggable build alone", async () => {
    const production = configuration.replace(/^csd?1~/, "cs1~");
    const development = configuration.replace(/^csd?1~/, "csd1~");
    const asked = [production, development].flatMap((text) => [`debuggable ${text}`, `released ${text}`]);
    expect(await Promise.all(asked.map((each) => native.call("takes", each)))).toEqual([
      "taken",
      "taken",
      "taken",
      "refused",
    ]);
  });

  it("answers what is no call and no object with a fault, and goes on", async () => {
    const asked: readonly (readonly [string, string])[] = [
      ["sign", "{}"],
      ["read", "[]"],
      ["read", "{"],
      ["read", '{"name":"a","name":"b"}'],
      ["read", "{}"],
      ["read", '{"name":7}'],
      ["send", '{"exchange":"x"}'],
      ["closeSocket", '{"socket":"s","code":1.5,"reason":""}'],
    ];
    for (const [name, of] of asked) {
      expect(JSON.parse(await native.call(name, of))).toMatchObject({ fault: { code: "unsupported" } });
    }
    expect(await native.bridge.read({ name: "nothing" })).toEqual({ value: null });
  });
});
