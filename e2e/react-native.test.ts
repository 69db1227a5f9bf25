import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, createAgent } from "@countersign/client";
import { freeRaspActions, type NativeBridge } from "@countersign/client/native";
import {
  memoryStorage,
  nodeChannelTransport,
  nodeServiceTransport,
  nodeSocketTransport,
} from "@countersign/client/node";
import { encodeBase64url } from "@countersign/protocol";
import type { VirtualDevice } from "@countersign/virtual-device";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { createPorts } from "../packages/react-native/src/create-ports.ts";
import { findExpoModule } from "../packages/react-native/src/expo-module.ts";
import { followAppStateOf } from "../packages/react-native/src/follow-app-state.ts";
import type { NativeModule } from "../packages/react-native/src/native-module.ts";
import { overText } from "../packages/react-native/src/text-module.ts";
import { createNativeHalf } from "../testing/native-half.ts";

/** React Native's AppState, in the test's hands. */
const listeners = new Set<(state: string) => void>();
const appState = {
  currentState: "active",
  addEventListener(_type: "change", listener: (state: string) => void) {
    listeners.add(listener);
    return { remove: () => listeners.delete(listener) };
  },
};

const folder = mkdtempSync(join(tmpdir(), "react-native-"));
let world: DemoWorld;
let agent: Agent | null = null;

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: false });
});
afterEach(() => {
  agent?.stop();
  listeners.clear();
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

type Calls = Readonly<Record<string, (of?: unknown) => Promise<unknown>>>;

/** As the native modules answer: an error would lose its code on the way. */
const answered = async (call: () => Promise<unknown>): Promise<object> => {
  try {
    return { value: await call() };
  } catch (error) {
    return { fault: { code: (error as { readonly code?: unknown }).code, message: "a text of the platform's" } };
  }
};

function halfOf(device: VirtualDevice) {
  const store = { trustedCas: [world.standInCa] };
  const { bridge } = createNativeHalf({
    device,
    storage: memoryStorage(),
    service: nodeServiceTransport({ configuration: world.project.configuration }),
    channel: nodeChannelTransport(store),
    sockets: nodeSocketTransport(store),
  });
  const { version, build } = device.app;
  const platform = device.keys.platform;
  return { calls: bridge as NativeBridge & Calls, identity: { platform, version, build, bundle: null } };
}

const drawn = (length: number): string => encodeBase64url(crypto.getRandomValues(new Uint8Array(length)));

/** The same half, as each framework hands it to JavaScript. */
const frameworks: Readonly<Record<string, (device: VirtualDevice) => NativeModule | null>> = {
  "Expo's module"(device) {
    const { calls, identity } = halfOf(device);
    const functions = Object.keys(calls).map((name) => [
      name,
      (of?: unknown) => answered(() => calls[name]?.(of) ?? Promise.reject(new Error(name))),
    ]);
    const atOnce = { identity: () => identity, randomBytes: drawn, continuousMs: () => performance.now() };
    return findExpoModule({ expo: { modules: { Countersign: { ...Object.fromEntries(functions), ...atOnce } } } });
  },
  "React Native's module"(device) {
    const { calls, identity } = halfOf(device);
    return overText({
      call: async (name: string, of: string) =>
        JSON.stringify(await answered(() => calls[name]?.(JSON.parse(of)) ?? Promise.reject(new Error(name)))),
      identity: () => JSON.stringify(identity),
      randomBytes: drawn,
      continuousMs: () => performance.now(),
    });
  },
};

async function startedOn(device: VirtualDevice, framework: string): Promise<Agent> {
  const module = frameworks[framework]?.(device) ?? null;
  const { configuration } = world.project;
  const app = { id: device.app.id, version: "page", build: "0" };
  agent = createAgent({ configuration, ports: createPorts(module, { configuration, app }) });
  await agent.start();
  return agent;
}

const photo = (placeholder: string): string =>
  `https://${world.standIn.host}:${world.standIn.port}/planetary/apod?api_key=${placeholder}&date=2026-01-02`;

const phones = ["pixel", "iphone"] as const;
const cases = Object.keys(frameworks).flatMap((framework) => phones.map((phone) => [framework, phone] as const));

describe.each(cases)("a React Native app over %s, on a virtual %s", (framework, phone) => {
  it("attests, opens its session and gets what its key is for, delivered or by the broker", async () => {
    const started = await startedOn(world.devices[phone](), framework);
    const answers = [
      await started.fetch(photo(world.placeholder)),
      await started.fetch(photo(world.brokeredPlaceholder)),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(started.state().verdict).toBe("trusted");
  });

  it("holds nothing in the background, and goes on when it is back", async () => {
    const started = await startedOn(world.devices[phone](), framework);
    followAppStateOf(appState, started);
    await started.fetch(photo(world.placeholder));
    for (const listener of listeners) listener("background");
    expect(started.state()).toMatchObject({ phase: "background", session: null, watching: false });
    for (const listener of listeners) listener("active");
    expect((await started.fetch(photo(world.placeholder))).status).toBe(200);
  });

  it("loses at once what it holds where freeRASP sees a hook, and is refused from then on", async () => {
    const started = await startedOn(world.devices[phone](), framework);
    await started.fetch(photo(world.placeholder));
    freeRaspActions(started).hooks();
    expect(started.state().session).toBeNull();
    await expect(started.fetch(photo(world.placeholder))).rejects.toMatchObject({ code: "refused" });
  });
});
