import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { parseSwift, type SwiftSource, syntaxErrors } from "./check-swift.ts";
import { newerThanIos, readStandIns, type StandIn, unheldStandIns } from "./check-swift-stubs.ts";
import {
  type CompiledSwift,
  compileSwift,
  compileSwiftModules,
  inside,
  runSwift,
  swiftFolder,
  swiftSources,
} from "./compile-swift.ts";
import { iosDeclarations, nativeModule, nativeModules } from "./installed.ts";
import { writeMadeVectors } from "./made-vectors.ts";
import { expoFetch, expoModulesCore, makeExpoSwift } from "./make-expo-swift.ts";
import { type IosSurface, readIosTypes } from "./read-ios-types.ts";
import { swiftNames, unheldNames } from "./swift-names.ts";
import { startUrlSessionPeer } from "./url-session-peer.ts";

const root = join(import.meta.dirname, "../..");
const ios = join(root, "packages/react-native/ios");
const expo = join(root, "examples/astropiks/app/node_modules/expo/ios");
const standIns = swiftSources(join(import.meta.dirname, "swift-stubs"));
const sources = swiftSources(ios).filter((file) => !file.startsWith(join(ios, "Tests")));
const tests = swiftSources(join(ios, "Tests"));
const checks = tests.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/checks\.check\("([^"]+)"\)/g)].map(([, name = ""]) => name),
);
const oldestIos = 15;

describe.skipIf(nativeModules === null && !requireAll)("the iOS agent's Swift", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-swift-"));
  let surface: IosSurface;
  let parsed: readonly SwiftSource[];
  let declared: readonly StandIn[];
  beforeAll(async () => {
    surface = readIosTypes(nativeModule(...iosDeclarations));
    parsed = await parseSwift(sources);
    declared = standIns.flatMap(readStandIns);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const planted = (text: string): string => {
    const file = join(folder, "Planted.swift");
    writeFileSync(file, text);
    return file;
  };

  it("parses", () => {
    expect(parsed.length).toBeGreaterThan(40);
    expect(syntaxErrors(parsed)).toEqual([]);
  });

  it.each([["let a = ("], ["let a = key == key ? 1 : try hash.count"]])(
    "finds what does not parse: %s",
    async (code) => {
      const file = planted(`func planted(key: SecKey, hash: Data) throws {\n${code}\n}\n`);
      expect(syntaxErrors(await parseSwift([file]))).not.toEqual([]);
    },
  );

  it("is compiled against stand-ins that declare what iOS declares, with its parameters and results", () => {
    expect(declared.length).toBeGreaterThan(150);
    expect([...unheldStandIns(declared, surface, swiftNames)].sort()).toEqual([...unheldNames].sort());
  });

  it("knows what stands for what of no more than it uses", () => {
    const names = new Set(declared.map(({ of, name }) => (of === null ? name : `${of}.${name}`)));
    expect(Object.keys(swiftNames).filter((name) => !names.has(name))).toEqual([]);
  });

  it("uses nothing that is newer than the oldest iOS it runs on", () => {
    expect(newerThanIos(oldestIos, declared, surface, swiftNames)).toEqual([]);
    expect(newerThanIos(14, declared, surface, swiftNames)).toContain("SecTrustCopyCertificateChain");
  });

  it.each([
    ["a misspelt function", "public func SecKeyGetTypeId() -> CFTypeID { absent() }"],
    [
      "a function with too many parameters",
      "public func SecKeyCopyPublicKey(_ key: SecKey, _ error: CFError) -> SecKey? { absent() }",
    ],
    ["a result that is never null", "public func SecKeyCopyPublicKey(_ key: SecKey) -> SecKey { absent() }"],
    ["a parameter of another kind", "public func SecItemDelete(_ query: Int) -> OSStatus { absent() }"],
    ["a misspelt constant", "public let kSecAttrTokenIDSecureEnclav: CFString"],
    ["a constant of another kind", "public let kSecAttrTokenID: Int"],
    ["a misspelt member", "public class UIScreen: NSObject {\n  public var captureed: Bool { absent() }\n}"],
    [
      "a method that answers otherwise",
      "public class DCAppAttestService: NSObject {\n  public func generateKey() async throws -> Data { absent() }\n}",
    ],
  ])("finds in a stand-in %s", (_what, text) => {
    expect(unheldStandIns(readStandIns(planted(text)), surface, swiftNames)).toHaveLength(1);
  });
});

const canCompile = swiftFolder !== null && nativeModules !== null && existsSync(expo);

describe.skipIf(!canCompile && !requireAll)(
  "the iOS agent, by Swift's own compiler (needs testing/native/install-swift.sh and the example app's packages)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-swift-"));
    const modules = join(folder, "modules");
    let whole: CompiledSwift;
    let results: ReadonlyMap<string, string>;

    beforeAll(() => {
      makeExpoSwift(
        nativeModule("expo-modules-core", "ios"),
        { over: "UIKit", slices: expoModulesCore },
        join(folder, "ExpoModulesCore.swift"),
      );
      makeExpoSwift(expo, { over: "ExpoModulesCore", slices: expoFetch }, join(folder, "Expo.swift"));
      const all = [...standIns, join(folder, "ExpoModulesCore.swift"), join(folder, "Expo.swift")];
      const made = compileSwiftModules(all, modules);
      expect([...made.errors, ...made.warnings]).toEqual([]);
      // Leaves a module too, which what is planted imports.
      whole = compileSwift({ sources, modules, version: "5" });
    }, 240_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("compiles all of it as Swift 5, without a warning", () => {
      expect([...whole.errors, ...whole.warnings]).toEqual([]);
    });

    it("compiles all of it as Swift 6, without a warning", () => {
      const { errors, warnings } = compileSwift({ sources, modules, version: "6" });
      expect([...errors, ...warnings]).toEqual([]);
    }, 120_000);

    it("compiles as the simulator has it", () => {
      const { errors, warnings } = compileSwift({ sources, modules, version: "5", isSimulator: true });
      expect([...errors, ...warnings]).toEqual([]);
    }, 120_000);

    describe("run on Linux", () => {
      beforeAll(async () => {
        const program = join(folder, "run");
        const compiled = compileSwift({ sources: [...sources, ...tests], modules, version: "5", program });
        expect(compiled.errors).toEqual([]);
        const [vector] = JSON.parse(readFileSync(join(root, "docs/vectors/v1/dpop.json"), "utf8")).vectors;
        writeMadeVectors(join(folder, "made.json"), Buffer.from(vector.inputs.point, "hex"));
        const peer = await startUrlSessionPeer();
        const files = [join(root, "docs/vectors/v1"), join(folder, "made.json")].map(inside);
        const printed = await runSwift(program, ...files, peer.origin, inside(join(folder, "data"))).finally(
          peer.close,
        );
        const lines = printed.split("\n").map((line) => line.split("\t"));
        results = new Map(lines.map(([state, name = "", why = ""]) => [name, state === "ok" ? "ok" : why]));
      }, 120_000);

      it.each(checks)("%s", (name) => {
        expect(results.get(name)).toBe("ok");
      });
    });

    describe("does not compile", () => {
      const wrong: readonly (readonly [string, string, RegExp])[] = [
        ["a misspelt function", "_ = SecKeyCreateSignatur(key, hash, hash, nil)", /cannot find 'SecKeyCreateSignatur'/],
        ["a misspelt constant", "_ = kSecAttrTokenIDSecureEnclav", /cannot find 'kSecAttrTokenIDSecureEnclav'/],
        [
          "a misspelt method",
          "_ = try await DCAppAttestService.shared.attestKye(id, clientDataHash: hash)",
          /no member 'attestKye'/,
        ],
        [
          "a wrong label",
          "_ = try await DCAppAttestService.shared.attestKey(id, dataHash: hash)",
          /incorrect argument label/,
        ],
        ["a missing argument", "_ = SecKeyCopyExternalRepresentation(key)", /missing argument/],
        ["a missing try", "_ = await DCAppAttestService.shared.generateKey()", /not marked with 'try'/],
        ["a missing await", "_ = try DCAppAttestService.shared.generateKey()", /not marked with 'await'/],
        ["a null that the platform documents", "let copied: SecKey = SecKeyCopyPublicKey(key)", /must be unwrapped/],
        ["a value of the wrong type", "_ = SecItemDelete(hash as CFData)", /cannot convert value/],
        ["an unknown member", "_ = UUID().uuidText", /no member 'uuidText'/],
        ["a misspelt word of Expo's", 'AsyncFuction("x") { 1 }', /cannot find 'AsyncFuction'/],
        ["a second function of one name", "func twice() {}; func twice() {}", /invalid redeclaration/],
        [
          "the signing of bytes, from an app",
          '_ = try EnclaveKey.load(tag: "a").sign(hash)',
          /cannot find 'EnclaveKey'/,
        ],
        [
          "a proof that is not awaited",
          "func forget(_ keys: InstanceKeys) throws { try keys.forget(alias: id) }",
          /'async' call in a function/,
        ],
      ];
      let errors: readonly string[];
      beforeAll(() => {
        const file = join(folder, "Planted.swift");
        const imports = ["Countersign", "DeviceCheck", "ExpoModulesCore", "Foundation", "Security"].map(
          (name) => `import ${name}`,
        );
        const bodies = wrong.map(
          ([, code], index) => `func planted${index}(key: SecKey, hash: Data, id: String) async throws {\n${code}\n}`,
        );
        writeFileSync(file, [...imports, ...bodies].join("\n"));
        expect(whole.errors).toEqual([]);
        ({ errors } = compileSwift({ sources: [file], modules, version: "5", moduleName: "App" }));
      }, 120_000);

      it.each(wrong)("%s", (name, _code, expected) => {
        const line = 5 + wrong.findIndex(([each]) => each === name) * 3 + 2;
        expect(errors.filter((error) => error.includes(`Planted.swift:${line}:`)).join("\n")).toMatch(expected);
      });

      it.each([
        [
          "a path without a result",
          "import Foundation\nfunc planted(of: Int) -> Int {\n  if of > 1 { return 1 }\n}",
          /missing return/,
        ],
        [
          "what another module has that is not imported",
          "import Foundation\nlet planted = UIScreen.self",
          /cannot find 'UIScreen'/,
        ],
        [
          "a use before a value is there",
          "func planted() -> Int {\n  let made: Int\n  return made\n}",
          /used before being initialized/,
        ],
      ])("%s", (_what, text, expected) => {
        const file = join(folder, "Alone.swift");
        writeFileSync(file, text);
        expect(compileSwift({ sources: [file], modules, version: "5", moduleName: "App" }).errors.join("\n")).toMatch(
          expected,
        );
      });

      it("a member that Expo's sources do not have", () => {
        const slice = { file: "Core/Promise.swift", types: { Promise: ["resolved"] } };
        const make = () =>
          makeExpoSwift(
            nativeModule("expo-modules-core", "ios"),
            { over: "UIKit", slices: [slice] },
            join(folder, "No.swift"),
          );
        expect(make).toThrow("resolved");
      });
    });
  },
);
