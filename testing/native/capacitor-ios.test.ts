import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { capacitorModule, hasCapacitor } from "./capacitor-installed.ts";
import {
  type CompiledSwift,
  compileSwift,
  compileSwiftModules,
  inside,
  runSwift,
  swiftFolder,
  swiftSources,
} from "./compile-swift.ts";
import { capacitorSlices, makeCapacitorSwift } from "./make-capacitor-swift.ts";
import { iosCases } from "./page-cases.ts";

const root = join(import.meta.dirname, "../..");
const plugin = join(root, "packages/capacitor/ios");
const shared = ["Agent", "Bridge"].map((name) => join(root, "packages/react-native/ios", name));
const stubs = join(import.meta.dirname, "swift-stubs");
const capacitor = (): string => capacitorModule("ios/Capacitor/Capacitor");

const canRun = swiftFolder !== null && hasCapacitor;

describe.skipIf(!canRun && !requireAll)(
  "Capacitor's plugin for iOS (needs testing/native/install-swift.sh, testing/capacitor)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-capacitor-ios-"));
    const modules = join(folder, "modules");
    let heads: CompiledSwift;
    // As Capacitor is itself, and as the package's own build files say.
    const compile = (further: readonly string[]): CompiledSwift =>
      compileSwift({
        sources: [...shared, join(plugin, "Plugin")].flatMap(swiftSources).concat(further),
        modules,
        version: "5",
      });

    beforeAll(() => {
      const file = join(folder, "Capacitor.swift");
      makeCapacitorSwift(capacitor(), capacitorSlices, file);
      heads = compileSwiftModules([...swiftSources(stubs), file], modules);
    }, 120_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("compiles with the agent against Capacitor's own heads, without a warning", () => {
      expect([...heads.errors, ...heads.warnings]).toEqual([]);
      const { errors, warnings } = compile([]);
      expect([...errors, ...warnings]).toEqual([]);
    }, 120_000);

    it("answers over Capacitor's bridge nothing but whether it has a channel", () => {
      const text = readFileSync(join(plugin, "Plugin/CountersignPlugin.swift"), "utf8");
      const named = [...text.matchAll(/CAPPluginMethod\(name: "(\w+)"/g)].map(([, name]) => name);
      const written = [...text.matchAll(/@objc func (\w+)\(_ call: CAPPluginCall\)/g)].map(([, name]) => name);
      expect([named, written]).toEqual([["opening"], ["opening"]]);
    });

    describe("the app's own page", () => {
      let said: readonly string[] = [];
      beforeAll(async () => {
        const program = join(folder, "page-cases");
        const pure = ["OwnOrigin", "PageCall"].map((name) => join(plugin, "Plugin", `${name}.swift`));
        const { errors } = compileSwift({
          sources: [...pure, join(plugin, "Tests/Cases/main.swift")],
          modules,
          version: "5",
          program,
        });
        expect(errors).toEqual([]);
        const cases = join(folder, "cases");
        writeFileSync(cases, iosCases.map(({ asked }) => asked.join("\t")).join("\n"));
        said = (await runSwift(program, inside(cases))).split("\n");
      }, 120_000);

      it.each(iosCases)("$name", ({ asked, said: expected }) => {
        expect(said[iosCases.findIndex((each) => each.asked === asked)]).toBe(expected);
      });
    });

    it("answers the main frame of the app's own origin, in the order of its messages, and asks nothing of the agent for any other", async () => {
      const program = join(folder, "page-dialogue");
      const own = ["OwnOrigin", "PageCall", "PageChannel"].map((name) => join(plugin, "Plugin", `${name}.swift`));
      const sources = [...own, join(plugin, "Tests/Dialogue/main.swift")];
      const { errors } = compileSwift({ sources, modules, version: "5", program });
      expect(errors).toEqual([]);
      const answered = (await runSwift(program)).trimEnd().split("\n");
      expect(answered).toEqual(["asked read {}|-", ...Array<string>(5).fill("-|refused"), "begun in their order"]);
    }, 120_000);

    it("does not compile with a misspelt word of Capacitor's or WebKit's, or a wrong type for one", () => {
      const planted: readonly (readonly [string, RegExp])[] = [
        ["_ = bridge.config.localUrl", /no member 'localUrl'/],
        ["call.resolv([:])", /no member 'resolv'/],
        ["call.resolve(1)", /cannot convert|extra argument|no exact matches/],
        ['_ = CAPPluginMethod(named: "x", returnType: CAPPluginReturnPromise)', /incorrect argument label/],
        ["_ = CAPPluginReturnPromis", /cannot find 'CAPPluginReturnPromis'/],
        ["_ = message.frameInfo.isMain", /no member 'isMain'/],
        ["let name: Int = message.frameInfo.securityOrigin.host", /cannot convert value of type 'String'/],
        ["_ = PageCall(1)", /cannot convert value of type 'Int'/],
      ];
      const file = join(folder, "Planted.swift");
      const bodies = planted.map(
        ([code], index) =>
          `@MainActor func planted${index}(bridge: CAPBridgeProtocol, call: CAPPluginCall, message: WKScriptMessage) {\n${code}\n}`,
      );
      writeFileSync(file, ["import Capacitor", "import WebKit", ...bodies].join("\n"));
      const { errors } = compile([file]);
      for (const [index, [, expected]] of planted.entries()) {
        const found = errors.filter((error) => error.includes(`Planted.swift:${index * 3 + 4}:`));
        expect(found.join("\n")).toMatch(expected);
      }
    }, 120_000);

    it("finds no head for a member that Capacitor does not have", () => {
      const slice = { file: "CAPBridgeProtocol.swift", type: "protocol CAPBridgeProtocol", members: ["webViw"] };
      expect(() => makeCapacitorSwift(capacitor(), [slice], join(folder, "None.swift"))).toThrow("webViw");
      const method = { file: "CAPPluginMethod.h", type: "class CAPPluginMethod", members: ["initWithName:type:"] };
      expect(() => makeCapacitorSwift(capacitor(), [method], join(folder, "None.swift"))).toThrow("initWithName:type:");
    });
  },
);
