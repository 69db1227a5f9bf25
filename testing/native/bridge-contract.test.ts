import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** Calls of `NativeBridge` that no native module answers yet. */
const missing: Readonly<Record<"android" | "ios", readonly string[]>> = {
  android: ["closeSocket", "holdChannels", "nextOfSocket", "openSocket", "sendToSocket"],
  ios: [
    "abandon",
    "closeSocket",
    "holdChannels",
    "nextOfSocket",
    "openSocket",
    "receive",
    "send",
    "sendToSocket",
    "upload",
  ],
};

/** Names of the methods that the bridge's interfaces declare, with whether each takes an object. */
function bridgeCalls(): ReadonlyMap<string, boolean> {
  const file = "packages/client/src/native/native-bridge.ts";
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
  const interfaces = source.statements.filter(ts.isInterfaceDeclaration);
  const methods = interfaces.flatMap(({ members }) => members.filter(ts.isMethodSignature));
  return new Map(methods.map((method) => [method.name.getText(), method.parameters.length > 0]));
}

const modules = [
  ["android", "packages/react-native/android/expo/src/main/kotlin/dev/countersign/expo/CountersignModule.kt"],
  ["ios", "packages/react-native/ios/Expo/CountersignModule.swift"],
] as const;

describe.each(modules)("the Expo module for %s", (platform, file) => {
  const text = read(file);
  const functions = [...text.matchAll(/\bAsyncFunction\("(\w+)"\) \{(.*)/g)];

  it("answers the calls of the agent's native bridge, but for those that are listed as missing", () => {
    const offered = functions.map(([, name = ""]) => name);
    expect([...offered, ...missing[platform]].sort()).toEqual([...bridgeCalls().keys()].sort());
  });

  it("takes one object where the bridge hands one over", () => {
    const calls = bridgeCalls();
    for (const [, name = "", rest = ""] of functions) {
      expect([name, /\bof: (?:Map<String, Any\?>|\[String: Any\])/.test(rest)]).toEqual([name, calls.get(name)]);
    }
  });

  it("answers at once what JavaScript must have at once", () => {
    const declared = read("packages/react-native/src/native-module.ts");
    for (const name of ["identity", "randomBytes", "continuousMs"]) {
      expect(declared).toContain(`  ${name}(`);
      expect(text).toContain(` Function("${name}")`);
    }
  });

  it("names every member of the objects that the bridge hands over", () => {
    const bridge = read("packages/client/src/native/native-bridge.ts");
    const keys = bridge.slice(
      bridge.indexOf("interface NativeKeyCalls"),
      bridge.indexOf("interface NativeExchangeRequest"),
    );
    const parameters = [...keys.matchAll(/^ {2}\w+\(([\s\S]*?)\): Promise/gm)]
      .map(([, inside = ""]) => inside)
      .join("\n");
    const names = [...parameters.matchAll(/readonly (\w+):/g)].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(15);
    for (const name of new Set([...names, "alias", "nonce"]))
      expect(text).toMatch(new RegExp(`(?:text|textOrN\\w+|bytes|whole|object\\w+)\\("${name}"\\)`));
  });
});
