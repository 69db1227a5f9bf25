import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { parseSwift, type SwiftSource, strayNames, syntaxErrors, unknownNames, wrongCalls } from "./check-swift.ts";
import { iosDeclarations, nativeModule, nativeModules } from "./installed.ts";
import { type IosSurface, readIosTypes } from "./read-ios-types.ts";
import { expoNames } from "./swift-names.ts";

const ios = join(import.meta.dirname, "../../packages/react-native/ios");
const files = readdirSync(ios, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".swift"));

describe.skipIf(nativeModules === null && !requireAll)("the iOS agent, which is parsed and never compiled here", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-swift-"));
  let surface: IosSurface;
  let sources: readonly SwiftSource[];
  beforeAll(async () => {
    surface = readIosTypes(nativeModule(...iosDeclarations));
    sources = await parseSwift(files.map((name) => join(ios, name)));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function planted(code: string): Promise<readonly SwiftSource[]> {
    const file = join(folder, "Planted.swift");
    writeFileSync(file, `import Security\nfunc planted(key: SecKey, hash: Data) async throws {\n${code}\n}\n`);
    return parseSwift([file]);
  }

  it("parses", () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(syntaxErrors(sources)).toEqual([]);
  });

  it("uses no name that neither it, nor Swift's library, nor iOS has", () => {
    expect(unknownNames(sources, surface)).toEqual([]);
  });

  it("calls functions with as many arguments, and methods with the labels, that iOS takes", () => {
    expect(wrongCalls(sources, surface)).toEqual([]);
  });

  it("writes the Expo module with functions that Expo's own sources have", () => {
    const folder = nativeModule("expo-modules-core", "ios");
    const text = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".swift"))
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("\n");
    const declared = expoNames.filter((name) => new RegExp(`\\b(?:func|class|typealias|struct) ${name}\\b`).test(text));
    expect(declared).toEqual(expoNames);
  });

  it("stands for declarations of iOS with every name that Swift writes otherwise", () => {
    expect(strayNames(sources, surface)).toEqual([]);
  });

  it.each([
    ["a misspelt function", "_ = SecKeyCreateSignatur(key, hash, hash, nil)", "SecKeyCreateSignatur"],
    ["a misspelt constant", "_ = kSecAttrTokenIDSecureEnclav", "kSecAttrTokenIDSecureEnclav"],
    ["a misspelt method", "_ = try await DCAppAttestService.shared.attestKye(hash)", "attestKye"],
  ])("finds %s", async (_what, code, name) => {
    expect((await planted(code).then((made) => unknownNames(made, surface))).join()).toContain(
      `Planted.swift:3: ${name}`,
    );
  });

  it.each([
    ["a missing argument", "_ = SecKeyCreateSignature(key, hash, nil)"],
    ["a wrong label", "_ = try await DCAppAttestService.shared.attestKey(hash, dataHash: hash)"],
  ])("finds %s", async (_what, code) => {
    expect(await planted(code).then((made) => wrongCalls(made, surface))).toHaveLength(1);
  });

  it.each([["let a = ("], ["let a = key == key ? 1 : try hash.count"]])(
    "finds what does not parse: %s",
    async (code) => {
      expect(syntaxErrors(await planted(code))).not.toEqual([]);
    },
  );
});
