import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { capacitorModule, hasCapacitor } from "./capacitor-installed.ts";
import { type Compiled, compileKotlin, kotlinLibraries, kotlinSources, platformImports } from "./compile-kotlin.ts";
import { androidDeclarations, hasJava, nativeModule, nativeModules } from "./installed.ts";
import { makeAndroidStubs } from "./make-android-stubs.ts";
import { memberDescriptors } from "./member-descriptors.ts";
import { androidCases } from "./page-cases.ts";
import { newerThan, undecidedNumbers, unknownMembers } from "./platform-rules.ts";
import { type DeclaredClass, readAndroidTypes } from "./read-android-types.ts";
import { usedMembers } from "./used-members.ts";

const root = join(import.meta.dirname, "../..");
const plugin = join(root, "packages/capacitor/android/src");
const shared = ["agent", "bridge"].map((name) => join(root, "packages/react-native/android", name, "src/main/kotlin"));
const sources = [...shared, join(plugin, "main/kotlin")].flatMap(kotlinSources);
const heads = join(import.meta.dirname, "androidx-webkit");
const capacitorSources = "android/capacitor/src/main/java";

function javaSources(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".java"));
  return names.sort().map((name) => join(folder, name));
}

const canRun = hasJava && nativeModules !== null && hasCapacitor;

describe.skipIf(!canRun && !requireAll)(
  "Capacitor's plugin for Android (needs java, testing/native, testing/capacitor)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-capacitor-"));
    const stubs = join(folder, "stubs");
    const classes = join(folder, "classes");
    let java: readonly string[] = [];
    let declared: ReadonlyMap<string, DeclaredClass>;
    let compiled: Compiled;
    let said: readonly string[] = [];

    beforeAll(() => {
      // Capacitor's own sources are read as they are; what they need of other libraries and the plugin does not is left open.
      java = [...javaSources(capacitorModule(capacitorSources, "com/getcapacitor")), ...javaSources(heads)];
      declared = readAndroidTypes(nativeModule(...androidDeclarations));
      const ofCapacitor = platformImports(java).filter((name) => declared.has(name));
      const imports = [...platformImports(sources), ...ofCapacitor, "org.json.JSONObject"];
      makeAndroidStubs(declared, [...new Set(imports)], memberDescriptors, stubs);
      compiled = compileKotlin({
        sources: [...sources, ...kotlinSources(join(plugin, "test/kotlin")), ...java],
        classPath: [stubs],
        into: classes,
      });
      if (compiled.errors.length > 0) return;
      const input = androidCases.map(({ asked }) => asked.join("\t")).join("\n");
      const classPath = [classes, stubs, ...kotlinLibraries()].join(":");
      const run = execFileSync("java", ["-cp", classPath, "dev.countersign.capacitor.PageCasesKt"], { input });
      said = run.toString("utf8").split("\n");
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("compiles against Capacitor's own sources and the platform's declarations, without a warning", () => {
      expect([...compiled.errors, ...compiled.warnings]).toEqual([]);
    });

    it.each(androidCases)("the app's own page: $name", ({ asked, said: expected }) => {
      expect(said[androidCases.findIndex((each) => each.asked === asked)]).toBe(expected);
    });

    it("answers the document that asked, on the main thread, and asks nothing of the agent for any other", () => {
      const own = ["OwnOrigin", "PageCall", "PageChannel"].map((name) =>
        join(plugin, `main/kotlin/dev/countersign/capacitor/${name}.kt`),
      );
      const into = join(folder, "dialogue");
      const made = [...own, ...kotlinSources(join(plugin, "test/dialogue")), ...javaSources(heads)];
      expect(compileKotlin({ sources: made, classPath: [], into }).errors).toEqual([]);
      execFileSync("javac", ["-proc:none", "-cp", into, "-d", into, ...javaSources(heads)]);
      const classPath = [into, ...kotlinLibraries()].join(":");
      const out = execFileSync("java", ["-cp", classPath, "dev.countersign.capacitor.PageDialogueKt"]).toString("utf8");
      expect(
        out
          .trimEnd()
          .split("\n")
          .map((line) => line.split("\t")),
      ).toEqual([
        ["before the main thread's turn", "[read {}, observe {}]", "[]"],
        ["after it", "[]", '[next page: 2 {"value":2}, page: 1 {"value":1}]'],
        ["refused", "[]", "[]"],
      ]);
    });

    it("uses nothing that Android has not, or has not from the oldest level that Capacitor runs on", () => {
      const own = join(classes, "dev/countersign/capacitor");
      const files = readdirSync(own).filter((name) => name.endsWith(".class") && !name.startsWith("PageCases"));
      const used = files.flatMap((name) => usedMembers(join(own, name)));
      expect(used.length).toBeGreaterThan(20);
      expect(unknownMembers(used, declared)).toEqual([]);
      expect(undecidedNumbers(used, declared, memberDescriptors)).toEqual([]);
      expect(newerThan(24, used, declared)).toEqual([]);
    });

    it("calls androidx.webkit as Capacitor's own sources do: the heads in place of it fit them", () => {
      const file = capacitorModule(capacitorSources, "com/getcapacitor/MessageHandler.java");
      // On to the bodies, though what other files of Capacitor's import is not here.
      const options = [
        "-proc:none",
        "-implicit:none",
        "-XDshould-stop.ifError=FLOW",
        "-Xmaxerrs",
        "1000",
        "-d",
        folder,
      ];
      const path = `${capacitorModule(capacitorSources)}:${heads}`;
      const { stderr } = spawnSync("javac", [...options, "-cp", stubs, "-sourcepath", path, file], {
        encoding: "utf8",
      });
      const lines = stderr.split("\n");
      const errors = lines.flatMap((line, index) =>
        line.includes("MessageHandler.java:") ? [lines[index + 1] ?? ""] : [],
      );
      expect(errors.map((line) => line.trim()).sort()).toEqual([
        "cordovaPluginManager.exec(service, action, callbackId, actionArgs);",
        "import org.apache.cordova.PluginManager;",
      ]);
    });

    describe("does not compile", () => {
      const planted: readonly (readonly [string, string, RegExp])[] = [
        ["a misspelt word of Capacitor's plugin", "plugin.bridge.shceme", /unresolved reference.*shceme/],
        ["a misspelt word of its calls", "call.resolvee(JSObject())", /unresolved reference.*resolvee/],
        ["a list for a call's answer", "call.resolve(listOf(1))", /argument type mismatch/],
        [
          "a misspelt word of the listener's",
          "WebViewCompat.addWebMesageListener()",
          /unresolved reference.*addWebMesageListener/,
        ],
        [
          "a lone rule for a set of them",
          'WebViewCompat.addWebMessageListener(plugin.bridge.webView, "x", "y", listener)',
          /argument type mismatch/,
        ],
        ["text that may be missing taken for text", "val text: String = message.data", /type mismatch/],
        ["the signing of bytes", 'dev.countersign.agent.keys.KeystoreKey.load("x").sign(ByteArray(1))', /internal/],
      ];
      let errors: readonly string[];
      beforeAll(() => {
        const file = join(folder, "Planted.kt");
        const imports = [
          "androidx.webkit.WebMessageCompat",
          "androidx.webkit.WebViewCompat",
          "com.getcapacitor.JSObject",
          "com.getcapacitor.PluginCall",
          "dev.countersign.capacitor.CountersignPlugin",
        ];
        const parameters =
          "plugin: CountersignPlugin, call: PluginCall, message: WebMessageCompat, listener: WebViewCompat.WebMessageListener";
        const bodies = planted.map(([, code], index) => `fun planted${index}(${parameters}) {\n${code}\n}`);
        writeFileSync(file, [...imports.map((name) => `import ${name}`), ...bodies].join("\n"));
        mkdirSync(join(folder, "planted"));
        errors = compileKotlin({
          sources: [file, ...java],
          classPath: [stubs, classes],
          into: join(folder, "planted"),
          moduleName: "app",
        }).errors;
      });

      it.each(planted)("%s", (name, _code, expected) => {
        const line = 5 + planted.findIndex(([each]) => each === name) * 3 + 2;
        const found = errors.filter((error) => error.includes(`Planted.kt:${line}:`));
        expect(found.join("\n")).toMatch(expected);
      });
    });
  },
);
