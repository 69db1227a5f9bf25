import { type Agent, createAgent } from "@countersign/client";
import type { NativeIdentity } from "@countersign/client/native";
import { afterEach, expect, it, vi } from "vitest";
import { createReactNativePorts, followAppState } from "./index.ts";

const configuration = `csd1~service.example~${"A".repeat(22)}~${"A".repeat(43)}~${"B".repeat(42)}A`;
const app = { id: "astropiks", version: "page", build: "0" };
const identity: NativeIdentity = { platform: "android", version: "1.4", build: "87", bundle: "C".repeat(43) };

/** Expo's module, as far as it is asked here. */
const moduleOf = (change: object = {}): object => ({
  identity: () => identity,
  randomBytes: () => "AQID",
  continuousMs: () => 42,
  read: async ({ name }: { readonly name: string }) => ({ value: { value: `of ${name}` } }),
  ...change,
});

const scope = globalThis as { expo?: unknown };
afterEach(() => {
  delete scope.expo;
  vi.unstubAllGlobals();
});

it("takes Expo's module, what it says of the app, its generator and its clock", async () => {
  scope.expo = { modules: { Countersign: moduleOf() } };
  const ports = createReactNativePorts({ configuration, app });
  expect(ports.app).toEqual({ id: "astropiks", version: "1.4", build: "87", bundle: "C".repeat(43) });
  expect([ports.keys.platform, ports.clock.continuousMs(), ports.clock.runsInSleep]).toEqual(["android", 42, true]);
  expect(ports.randomness.bytes(3)).toEqual(new Uint8Array([1, 2, 3]));
  expect(await ports.storage.read("keys")).toBe("of keys");
});

it("hands Expo's functions as many arguments as they take, and throws a fault by its code", async () => {
  const handed: unknown[][] = [];
  const observe = async (...given: unknown[]) => {
    handed.push(given);
    return { value: { detectors: { hook: 1 }, seen: [] } };
  };
  scope.expo = {
    modules: { Countersign: moduleOf({ observe, write: async () => ({ fault: { code: "unavailable" } }) }) },
  };
  const ports = createReactNativePorts({ configuration, app });
  expect([await ports.detectors.observe(), handed]).toEqual([{ detectors: { hook: 1 }, seen: [] }, [[]]]);
  await expect(ports.storage.write("keys", "none")).rejects.toMatchObject({ code: "unavailable" });
});

it("claims no bundle where the native half measured none", () => {
  scope.expo = {
    modules: { Countersign: moduleOf({ identity: () => ({ ...identity, platform: "ios", bundle: null }) }) },
  };
  const ports = createReactNativePorts({ configuration, app });
  expect([ports.keys.platform, ports.app.bundle]).toEqual(["ios", undefined]);
});

it("on a phone without its native half starts nothing", () => {
  vi.stubGlobal("navigator", { product: "ReactNative" });
  for (const expo of [undefined, {}, { modules: {} }, { modules: { Countersign: null } }]) {
    scope.expo = expo;
    expect(() => createReactNativePorts({ configuration, app })).toThrow("npx expo prebuild");
  }
});

it("in the web build has the browser's keys, and is wiped while nobody sees the page", () => {
  const page = Object.assign(new EventTarget(), { visibilityState: "hidden" });
  vi.stubGlobal("document", page);
  const ports = createReactNativePorts({ configuration, app });
  expect([ports.keys.platform, ports.app]).toEqual(["web", app]);
  const told: string[] = [];
  const agent = { background: () => told.push("background"), foreground: () => told.push("foreground") };
  const end = followAppState(agent as unknown as Agent);
  page.visibilityState = "visible";
  page.dispatchEvent(new Event("visibilitychange"));
  end();
  expect(told).toEqual(["background", "foreground", "foreground"]);
});

it("where pages are rendered beforehand makes an agent, and follows nothing", () => {
  const agent = createAgent({ configuration, ports: createReactNativePorts({ configuration, app }) });
  followAppState(agent)();
  expect(agent.state().phase).toBe("new");
});

it("uses no randomness but the generator's, and does not start on any other", () => {
  scope.expo = { modules: { Countersign: moduleOf({ randomBytes: () => "" }) } };
  const ports = createReactNativePorts({ configuration, app });
  expect(() => ports.randomness.bytes(16)).toThrow("no randomness");
});
