import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
/** All sources that a pattern names, as one text; an error where there is none. */
function readAll(pattern: string): string {
  const files = globSync(pattern, { cwd: root }).sort();
  if (files.length === 0) throw new Error(`there is no ${pattern}`);
  return files.map(read).join("\n");
}

const contract = "packages/client/src/native/native-bridge.ts";
const strict = { strict: true, noEmit: true, allowImportingTsExtensions: true, module: ts.ModuleKind.NodeNext };
const program = ts.createProgram([join(root, contract)], { ...strict, target: ts.ScriptTarget.ES2024 });
const types = program.getTypeChecker();

/** Names of every member that a call of this type hands over, and those of the objects within. */
function membersOf(type: ts.Type, names: Set<string>): void {
  for (const part of type.isUnion() ? type.types : [type]) {
    if (types.isTupleType(part) || (part.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) continue;
    if (types.isArrayType(part)) {
      for (const item of types.getTypeArguments(part as ts.TypeReference)) membersOf(item, names);
      continue;
    }
    for (const member of part.getProperties()) {
      names.add(member.name);
      membersOf(types.getTypeOfSymbol(member), names);
    }
  }
}

/** The calls of `NativeBridge`, with the members of what each is handed; null where that is nothing. */
function bridgeCalls(): ReadonlyMap<string, ReadonlySet<string> | null> {
  const source = program.getSourceFile(join(root, contract));
  const declared = source?.statements
    .filter(ts.isInterfaceDeclaration)
    .find(({ name }) => name.text === "NativeBridge");
  if (declared === undefined) throw new Error("there is no NativeBridge");
  return new Map(
    types
      .getTypeAtLocation(declared)
      .getProperties()
      .map((call) => {
        const [of] = types.getTypeOfSymbol(call).getCallSignatures()[0]?.getParameters() ?? [];
        if (of === undefined) return [call.name, null];
        const names = new Set<string>();
        membersOf(types.getTypeOfSymbol(of), names);
        return [call.name, names];
      }),
  );
}

const calls = bridgeCalls();
const sorted = (names: Iterable<string>): string[] => [...names].sort();
/** Names that stand first in a match, in order. */
const named = (text: string, pattern: RegExp): string[] =>
  sorted([...text.matchAll(pattern)].map(([, name = ""]) => name));

const bridges = [
  [
    "android",
    readAll("packages/react-native/android/bridge/src/main/kotlin/**/*.kt"),
    /"(\w+)" to (?:where\.call|Call\()/g,
  ],
  ["ios", readAll("packages/react-native/ios/Bridge/*.swift"), /"(\w+)": (?:later )?\{ (?:of|_) in/g],
] as const;

describe.each(bridges)("the bridge of %s", (_platform, text, entry) => {
  it("answers every call of the agent's native bridge, each once, and no other", () => {
    expect(named(text, entry)).toEqual(sorted(calls.keys()));
  });

  it("reads every member of the objects that the calls hand over", () => {
    const handed = new Set([...calls.values()].flatMap((names) => [...(names ?? [])]));
    const asked = new Set(
      named(text, /\b(?:text|texts|bytes|whole|truth|items|of|object|objects)(?:OrN\w+)?\("(\w+)"\)/g),
    );
    expect(handed.size).toBeGreaterThan(35);
    expect(sorted(handed).filter((name) => !asked.has(name))).toEqual([]);
    expect(sorted(asked).filter((name) => !handed.has(name))).toEqual([]);
  });
});

const atOnce = ["identity", "randomBytes", "continuousMs"];

describe("an Expo app", () => {
  const android = readAll("packages/react-native/android/expo/src/main/kotlin/**/*.kt");
  const ios = read("packages/react-native/ios/Expo/CountersignModule.swift");

  it("reaches every call of Android's bridge", () => {
    expect(android).toMatch(/for \(name in bridge\.calls\) \{[^}]*AsyncFunction\(name\)[^}]*bridge\.call\(name, /);
  });

  it("reaches every call of iOS's bridge, each under its own name", () => {
    const functions = [...ios.matchAll(/\bAsyncFunction\("(\w+)"\) \{(.*)/g)];
    expect(sorted(functions.map(([, name = ""]) => name))).toEqual(sorted(calls.keys()));
    for (const [, name = "", rest = ""] of functions) {
      expect(rest).toContain(calls.get(name) === null ? `.call("${name}", [:])` : `.call("${name}", of)`);
    }
  });

  it.each([
    ["android", android],
    ["ios", ios],
  ])("has at once what JavaScript must have at once on %s", (_platform, text) => {
    expect(named(text, / Function\("(\w+)"\)/g)).toEqual(sorted(atOnce));
  });
});

/** Hosts that carry text: whatever name is asked goes on to the bridge. */
const textHosts = [
  ["React Native on Android", "packages/react-native/android/react-native/src/turbo/kotlin/**/*.kt"],
  ["React Native on iOS", "packages/react-native/ios/ReactNative/**/*.swift"],
  ["Capacitor on Android", "packages/capacitor/android/src/main/kotlin/**/*.kt"],
  ["Capacitor on iOS", "packages/capacitor/ios/Plugin/*.swift"],
] as const;

it.each(textHosts)("%s hands every call on to the bridge by the name that was asked", (_host, sources) => {
  const handed = [...readAll(sources).matchAll(/\bcallText\(([^,]+), ([^),]+)/g)].map(([, name = ""]) => name);
  expect(handed).not.toEqual([]);
  expect(handed.filter((name) => name.includes('"'))).toEqual([]);
});
