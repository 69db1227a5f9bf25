import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTlsAuthority } from "../tls-authority.ts";
import { requireAll } from "../vectors.ts";
import { compileKotlin, kotlinLibraries, kotlinSources, platformImports } from "./compile-kotlin.ts";
import { androidDeclarations, hasJava, nativeModule, nativeModules } from "./installed.ts";
import { makeAndroidStubs } from "./make-android-stubs.ts";
import { memberDescriptors } from "./member-descriptors.ts";
import { generateSpec, reactNativeSlice } from "./react-native-slice.ts";
import { readAndroidTypes } from "./read-android-types.ts";

const root = join(import.meta.dirname, "../..");
const packageFolder = join(root, "packages/react-native");
const android = join(packageFolder, "android");
const modules = join(root, "examples/astropiks/app/node_modules");
const okHttp = ["/usr/share/java/okhttp.jar", "/usr/share/java/okio.jar"];

const agent = ["agent", "bridge", "okhttp"].flatMap((part) => kotlinSources(join(android, part, "src/main/kotlin")));
const main = kotlinSources(join(android, "react-native/src/main/kotlin"));
const turbo = kotlinSources(join(android, "react-native/src/turbo/kotlin"));
const tests = [
  ...kotlinSources(join(android, "okhttp/src/test/kotlin")),
  ...kotlinSources(join(android, "react-native/src/test/kotlin")),
];
const javaSources = [
  "okhttp/src/main/java/dev/countersign/okhttp/OkHttpNames.java",
  "okhttp/src/test/java/dev/countersign/okhttp/TestNames.java",
  "react-native/src/test/java/dev/countersign/reactnative/ClientNames.java",
].map((name) => join(android, name));
const checks = [
  ...readFileSync(
    join(android, "react-native/src/test/kotlin/dev/countersign/reactnative/PinnedClientFactoryTests.kt"),
    "utf8",
  ).matchAll(/checks\.check\("([^"]+)"\)/g),
].map(([, name = ""]) => name);

const hasApp = existsSync(join(modules, "react-native/package.json"));
const canRun = hasJava && nativeModules !== null && hasApp && okHttp.every((jar) => existsSync(jar));

describe.skipIf(!canRun && !requireAll)("the React Native host on Android", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-react-native-"));
  const inFolder = (name: string): string => join(folder, name);
  const classPath = [inFolder("classes"), inFolder("stubs"), ...okHttp];
  let reactNative: readonly string[];
  let spec: string;
  let problems: readonly string[];
  let results: ReadonlyMap<string, string> = new Map();

  function writeMaterials(nowMs: number): void {
    const device = createTlsAuthority({ name: "device", nowMs });
    const stranger = createTlsAuthority({ name: "stranger", nowMs });
    const leaf = device.issue(["api.example.com"]);
    const texts = { device: device.pem, stranger: stranger.pem, leaf: leaf.cert, "leaf-key": leaf.key };
    for (const [name, text] of Object.entries(texts)) writeFileSync(inFolder(`${name}.pem`), text);
  }

  beforeAll(() => {
    reactNative = reactNativeSlice(modules, inFolder("react-native"));
    spec = generateSpec(modules, packageFolder, inFolder("generated"));
    const imported = platformImports([...agent, ...main, ...turbo, ...tests, ...reactNative]);
    const declared = readAndroidTypes(nativeModule(...androidDeclarations));
    const platform = imported.filter((name) => declared.has(name));
    makeAndroidStubs(declared, [...platform, "android.content.ContextWrapper"], memberDescriptors, inFolder("stubs"));
    mkdirSync(inFolder("classes"));
    const javaPath = [...okHttp, ...kotlinLibraries()].join(":");
    execFileSync("javac", ["--release", "8", "-nowarn", "-cp", javaPath, "-d", inFolder("classes"), ...javaSources], {
      stdio: "pipe",
    });
    const sources = [...agent, ...main, ...turbo, ...tests, ...reactNative, spec];
    const compiled = compileKotlin({ sources, classPath, into: inFolder("classes") });
    // Of React Native's own bodies the warnings are its own.
    problems = [...compiled.errors, ...compiled.warnings.filter((line) => line.startsWith("packages/"))];
    if (compiled.errors.length > 0) return;
    writeMaterials(Date.now());
    const printed = execFileSync(
      "java",
      [
        `-Dcountersign.tls=${folder}`,
        `-Dcountersign.app=${inFolder("app")}`,
        "-cp",
        [...classPath, ...kotlinLibraries()].join(":"),
        "dev.countersign.reactnative.PinnedClientFactoryTestsKt",
      ],
      { encoding: "utf8" },
    );
    const lines = printed.split("\n").map((line) => line.split("\t"));
    results = new Map(lines.map(([state = "", name = "", why = ""]) => [name, state === "ok" ? "ok" : why]));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("compiles over React Native's own interfaces and what its codegen makes of the specification", () => {
    expect(problems).toEqual([]);
  });

  it.each(checks)("with React Native's own provider of clients: %s", (name) => {
    expect(results.get(name)).toBe("ok");
  });

  it("holds the agent's provider in its manifest as the agent's own manifest does", () => {
    const provider = /<provider[^>]+StartProvider[^>]+>/;
    const [own] = provider.exec(readFileSync(join(android, "agent/src/main/AndroidManifest.xml"), "utf8")) ?? [];
    expect(own).toBeDefined();
    expect(readFileSync(join(android, "react-native/src/main/AndroidManifest.xml"), "utf8")).toContain(own);
  });

  describe("does not compile with", () => {
    const planted: readonly (readonly [string, string, string, RegExp])[] = [
      ["a misspelt method of the specification", "fun continuousMs", "fun continousMs", /overrides nothing/],
      ["a misspelt call of React Native's", "promise.resolve", "promise.resolv", /unresolved reference 'resolv'/],
      ["another kind of number", "length: Double", "length: Int", /'randomBytes' overrides nothing/],
    ];
    let errors: readonly string[];

    beforeAll(() => {
      const [module = ""] = turbo.filter((file) => file.endsWith("CountersignTurboModule.kt"));
      const text = readFileSync(module, "utf8");
      const files = planted.map(([, from, to], index) => {
        expect(text).toContain(from);
        const file = inFolder(`Planted${index}.kt`);
        writeFileSync(file, text.replace(from, to).replace("class CountersignTurboModule", `class Planted${index}`));
        return file;
      });
      const beside = [...agent, ...main, ...turbo, ...reactNative, spec];
      errors = compileKotlin({ sources: [...files, ...beside], classPath, into: inFolder("planted") }).errors;
    });

    it.each(planted)("%s", (name, _from, _to, expected) => {
      const file = `Planted${planted.findIndex(([each]) => each === name)}.kt`;
      expect(errors.filter((error) => error.includes(file)).join("\n")).toMatch(expected);
      expect(errors.filter((error) => !/Planted\d\.kt/.test(error))).toEqual([]);
    });
  });

  describe("autolinking", () => {
    const app = inFolder("app-of-react-native");
    const command = join(modules, "expo-modules-autolinking/bin/expo-modules-autolinking.js");

    function linked(kind: "expo" | "bare", ...arguments_: readonly string[]): unknown {
      const project = join(app, kind);
      const installed = join(project, "node_modules/@countersign/react-native");
      mkdirSync(join(project, "android"), { recursive: true });
      for (const name of ["android", "package.json", "spec"])
        cpSync(join(packageFolder, name), join(installed, name), { recursive: true });
      if (kind === "expo")
        cpSync(join(packageFolder, "expo-module.config.json"), join(installed, "expo-module.config.json"));
      if (!existsSync(join(project, "node_modules/react-native")))
        symlinkSync(join(modules, "react-native"), join(project, "node_modules/react-native"));
      const dependencies = { "@countersign/react-native": "*", "react-native": "*" };
      writeFileSync(join(project, "package.json"), JSON.stringify({ name: "app", dependencies }));
      const answer = execFileSync(process.execPath, [command, ...arguments_, "--platform", "android", "--json"], {
        cwd: project,
        encoding: "utf8",
      });
      return JSON.parse(answer) as unknown;
    }

    it("of React Native finds the package in an app without Expo, and names a class that is there", () => {
      const config = linked("bare", "react-native-config");
      expect(config).toMatchObject({
        dependencies: {
          "@countersign/react-native": {
            platforms: {
              android: {
                packageImportPath: "import dev.countersign.reactnative.CountersignPackage;",
                packageInstance: "new CountersignPackage()",
                libraryName: "CountersignSpec",
              },
            },
          },
        },
      });
      expect(existsSync(join(inFolder("classes"), "dev/countersign/reactnative/CountersignPackage.class"))).toBe(true);
    });

    it("of Expo links the module, and of React Native nothing a second time, in an app with Expo", () => {
      expect(JSON.stringify(linked("expo", "resolve"))).toContain("dev.countersign.expo.CountersignModule");
      expect(JSON.stringify(linked("expo", "react-native-config"))).not.toContain("CountersignPackage");
    });
  });
});
