import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Agent } from "@countersign/client";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createReactNativePorts, followAppState, reactNativeHalf } from "./index.native.ts";

/** React Native, as far as it is used: what the app's own would be. */
const reactNative = vi.hoisted(() => ({
  modules: {} as Record<string, unknown>,
  currentState: "active",
  listeners: new Set<(state: string) => void>(),
}));
vi.mock("react-native", () => ({
  TurboModuleRegistry: { get: (name: string) => reactNative.modules[name] ?? null },
  AppState: {
    get currentState() {
      return reactNative.currentState;
    },
    addEventListener: (_type: string, listener: (state: string) => void) => {
      reactNative.listeners.add(listener);
      return { remove: () => reactNative.listeners.delete(listener) };
    },
  },
}));

const configuration = `csd1~service.example~${"A".repeat(22)}~${"A".repeat(43)}~${"B".repeat(42)}A`;
const app = { id: "astropiks", version: "page", build: "0" };
const identity = { platform: "ios", version: "1.4", build: "87", bundle: null };
const scope = globalThis as { expo?: unknown };

beforeEach(() => {
  reactNative.modules = {};
  reactNative.currentState = "active";
  reactNative.listeners.clear();
});
afterEach(() => {
  delete scope.expo;
});

describe("an app without Expo's modules", () => {
  it("has its native half through React Native's module, in JSON text", async () => {
    const asked: string[] = [];
    reactNative.modules.Countersign = {
      identity: () => JSON.stringify(identity),
      randomBytes: () => "AQID",
      continuousMs: () => 42,
      call: async (name: string, of: string) => {
        asked.push(`${name} ${of}`);
        return `{"value":{"value":"kept"}}`;
      },
    };
    const ports = createReactNativePorts({ configuration, app });
    expect(ports.app).toEqual({ id: "astropiks", version: "1.4", build: "87" });
    expect([ports.keys.platform, ports.clock.continuousMs()]).toEqual(["ios", 42]);
    expect(ports.randomness.bytes(3)).toEqual(new Uint8Array([1, 2, 3]));
    expect([await ports.storage.read("keys"), asked]).toEqual(["kept", [`read {"name":"keys"}`]]);
  });

  it("starts nothing where it was built without", () => {
    expect(() => createReactNativePorts({ configuration, app })).toThrow("no native half");
    expect(() => reactNativeHalf()).toThrow("no native half");
  });

  it("takes Expo's module where there are both", () => {
    reactNative.modules.Countersign = { identity: () => JSON.stringify(identity) };
    scope.expo = { modules: { Countersign: { identity: () => ({ ...identity, build: "88" }) } } };
    expect(createReactNativePorts({ configuration, app }).app.build).toBe("88");
    expect(reactNativeHalf().identity).toEqual({ ...identity, build: "88" });
  });

  it("calls what React Native's codegen makes the native side offer", () => {
    const membersOf = (file: string, name: string): string[] => {
      const text = readFileSync(join(import.meta.dirname, file), "utf8");
      const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
      const found = source.statements.filter(ts.isInterfaceDeclaration).find((each) => each.name.text === name);
      return (found?.members ?? []).map((member) => member.getText(source));
    };
    const spec = membersOf("../spec/NativeCountersign.ts", "Spec");
    expect(spec).toHaveLength(4);
    expect(membersOf("text-module.ts", "TextModule")).toEqual(spec);
  });
});

describe("an app that leaves the foreground", () => {
  const agentOf = () => {
    const told: string[] = [];
    const agent = { background: () => told.push("background"), foreground: () => told.push("foreground") };
    return { agent: agent as unknown as Agent, told };
  };
  const become = (state: string): void => {
    for (const listener of reactNative.listeners) listener(state);
  };

  it("has its agent hold nothing until it is back, and no question of the system's counts as leaving", () => {
    const { agent, told } = agentOf();
    followAppState(agent);
    for (const state of ["inactive", "background", "inactive", "active"]) become(state);
    expect(told).toEqual(["foreground", "background", "foreground"]);
  });

  it("that was started in the background begins there", () => {
    reactNative.currentState = "background";
    const { agent, told } = agentOf();
    followAppState(agent);
    expect(told).toEqual(["background"]);
  });

  it("is no longer followed once that was ended", () => {
    const { agent, told } = agentOf();
    followAppState(agent)();
    become("background");
    expect([told.at(-1), reactNative.listeners.size]).toEqual(["foreground", 0]);
  });
});
