import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { type Compiled, compileKotlin, kotlinLibraries, kotlinSources, platformImports } from "./compile-kotlin.ts";
import { androidDeclarations, hasJava, nativeModule, nativeModules } from "./installed.ts";
import { type LoopbackPeer, listenOnLoopback } from "./loopback-peer.ts";
import { writeMadeVectors } from "./made-vectors.ts";
import { makeAndroidStubs, strayDescriptors } from "./make-android-stubs.ts";
import { expoSlices, makeExpoStubs } from "./make-expo-stubs.ts";
import { memberDescriptors } from "./member-descriptors.ts";
import { newerThan, undecidedNumbers, unknownMembers } from "./platform-rules.ts";
import { type DeclaredClass, readAndroidTypes } from "./read-android-types.ts";
import { writeTlsMaterials } from "./tls-materials.ts";
import { type UsedMember, usedMembers } from "./used-members.ts";

const root = join(import.meta.dirname, "../..");
const native = join(root, "packages/react-native/android");
const agent = join(native, "agent/src");
const minSdk = 24;

const sources = kotlinSources(join(agent, "main/kotlin"));
const hosts = ["bridge", "core"].flatMap((folder) => kotlinSources(join(native, folder, "src/main/kotlin")));
const expoModule = kotlinSources(join(native, "expo/src/main/kotlin"));
const tests = kotlinSources(join(agent, "test/kotlin"));
const checks = tests.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/checks\.check\("([^"]+)"\)/g)].map(([, name = ""]) => name),
);

/** What the Expo module asks of React Native's context; held to React Native's own source where the example's packages are installed. */
const reactContext = `package com.facebook.react.bridge
abstract class ReactContext : android.content.ContextWrapper(null) {
  abstract fun getSourceURL(): String?
}`;
const reactNative = join(root, "examples/astropiks/app/node_modules/react-native/ReactAndroid/src/main/java");

const canRun = hasJava && nativeModules !== null;

describe.skipIf(!canRun && !requireAll)("the Android agent", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-kotlin-"));
  const stubs = join(folder, "stubs");
  const classes = join(folder, "classes");
  let declared: ReadonlyMap<string, DeclaredClass>;
  let compiled: Compiled;
  let results: ReadonlyMap<string, string>;
  let peer: LoopbackPeer | undefined;

  function used(which: (file: string) => boolean): ReadonlyMap<string, readonly UsedMember[]> {
    const files = readdirSync(classes, { recursive: true, encoding: "utf8" });
    return new Map(files.filter(which).map((file) => [file, usedMembers(join(classes, file))]));
  }
  const isOfAgent = (file: string): boolean =>
    file.endsWith(".class") &&
    /agent\/(?:protocol|keys|signals|channel|connection|device|exchange|start|websocket)\/|countersign\/(?:bridge|core|expo)\//.test(
      file,
    );

  async function runChecks(): Promise<ReadonlyMap<string, string>> {
    const [vector] = JSON.parse(readFileSync(join(root, "docs/vectors/v1/dpop.json"), "utf8")).vectors;
    const made = join(folder, "made.json");
    writeMadeVectors(made, Buffer.from(vector.inputs.point, "hex"));
    writeTlsMaterials(folder, Date.now());
    peer = await listenOnLoopback(folder);
    const properties = [
      `-Dcountersign.tls=${folder}`,
      `-Dcountersign.vectors=${join(root, "docs/vectors/v1")}`,
      `-Dcountersign.made=${made}`,
      `-Dcountersign.loopback=${peer.port}`,
    ];
    const classPath = [classes, stubs, ...kotlinLibraries()].join(":");
    const command = [...properties, "-cp", classPath, "dev.countersign.agent.ChecksKt"];
    const { stdout } = await promisify(execFile)("java", command, { maxBuffer: 16 << 20 });
    const lines = stdout.split("\n").map((line) => line.split("\t"));
    return new Map(lines.map(([state = "", name = "", why = ""]) => [name, state === "ok" ? "ok" : why]));
  }

  beforeAll(async () => {
    declared = readAndroidTypes(nativeModule(...androidDeclarations));
    const expoSources = nativeModule("expo-modules-core/android/src");
    const expoStubs = [
      ...makeExpoStubs(expoSources, expoSlices, join(folder, "expo")),
      join(folder, "ReactContext.kt"),
    ];
    writeFileSync(join(folder, "ReactContext.kt"), reactContext);
    makeAndroidStubs(
      declared,
      platformImports([...sources, ...tests, ...hosts, ...expoModule, ...expoStubs]),
      memberDescriptors,
      stubs,
    );
    compiled = compileKotlin({
      sources: [...sources, ...tests, ...hosts, ...expoModule, ...expoStubs],
      classPath: [stubs],
      into: classes,
    });
    results = compiled.errors.length === 0 ? await runChecks() : new Map();
  });
  afterAll(() => {
    peer?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("compiles against the platform's own declarations, without a warning", () => {
    expect([...compiled.errors, ...compiled.warnings]).toEqual([]);
  });

  it.skipIf(!existsSync(reactNative))("asks React Native's context for what it has", () => {
    const source = readFileSync(join(reactNative, "com/facebook/react/bridge/ReactContext.java"), "utf8");
    expect(source).toContain("class ReactContext extends ContextWrapper");
    expect(source).toContain("public abstract @Nullable String getSourceURL();");
  });

  it.each(checks)("on a JVM: %s", (name) => {
    expect(results.get(name)).toBe("ok");
  });

  it("tells the other end of a WebSocket how it ends", () => {
    expect(peer?.ends).toEqual([
      [4001, ""],
      [3001, "done here"],
    ]);
  });

  it("uses no number of which nothing says what kind it is", () => {
    const members = [...used(isOfAgent).values()].flat();
    expect([...new Set(undecidedNumbers(members, declared, memberDescriptors))].sort()).toEqual([]);
  });

  it("uses nothing of a JDK that Android does not have", () => {
    const members = [...used(isOfAgent).values()].flat();
    expect(members.length).toBeGreaterThan(100);
    expect([...new Set(unknownMembers(members, declared))].sort()).toEqual([]);
  });

  it("asks for the platform's level in every file that uses what is newer than the oldest it runs on", () => {
    const unasked = [...used(isOfAgent)].flatMap(([file, members]) =>
      members.some(({ name }) => name === "SDK_INT")
        ? []
        : newerThan(minSdk, members, declared).map((each) => `${file}: ${each}`),
    );
    expect(unasked).toEqual([]);
  });

  describe("does not compile", () => {
    const planted: readonly (readonly [string, string, RegExp])[] = [
      [
        "a misspelt call",
        "builder.setAttestationChalenge(ByteArray(32))",
        /unresolved reference.*setAttestationChalenge/,
      ],
      ["a missing constant", "builder.setDigests(KeyProperties.DIGEST_SHA3)", /unresolved reference.*DIGEST_SHA3/],
      ["a wrong kind of number", "val now: Int = SystemClock.elapsedRealtime()", /type mismatch/],
      ["a value of the wrong type", 'builder.setIsStrongBoxBacked("yes")', /type mismatch/],
      ["too many values", "builder.build(1)", /too many arguments/i],
      ["a null that the platform documents", "val name: String = source.installingPackageName", /type mismatch/],
      ["a misspelt word of Expo's", 'module.AsyncFuction("x") { 1 }', /unresolved reference.*AsyncFuction/],
      [
        "the signing of bytes",
        "dev.countersign.agent.keys.KeystoreKey.load(builder.toString()).sign(ByteArray(1))",
        /internal/,
      ],
    ];
    let errors: readonly string[];
    beforeAll(() => {
      const file = join(folder, "Planted.kt");
      const imports = [
        "android.content.pm.InstallSourceInfo",
        "android.os.SystemClock",
        "android.security.keystore.KeyGenParameterSpec",
        "android.security.keystore.KeyProperties",
        "expo.modules.kotlin.modules.ModuleDefinitionBuilder",
      ];
      const bodies = planted.map(
        ([, code], index) =>
          `fun planted${index}(builder: KeyGenParameterSpec.Builder, source: InstallSourceInfo, module: ModuleDefinitionBuilder) {\n${code}\n}`,
      );
      writeFileSync(file, [...imports.map((name) => `import ${name}`), ...bodies].join("\n"));
      mkdirSync(join(folder, "planted"));
      errors = compileKotlin({
        sources: [file],
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

    it("a member that Expo's module interface does not have", () => {
      const slice = { file: "main/java/expo/modules/kotlin/AppContext.kt", classes: { AppContext: ["reactContxt"] } };
      const make = () => makeExpoStubs(nativeModule("expo-modules-core/android/src"), [slice], join(folder, "none"));
      expect(make).toThrow("reactContxt");
    });

    it("an import of a class that the platform does not have", () => {
      expect(() => makeAndroidStubs(declared, ["android.os.SystemClok"], {}, stubs)).toThrow("android.os.SystemClok");
    });

    it("a row of descriptors that fits no member", () => {
      const bad = {
        "android.os.SystemClock.elapsedRealtime": ["(I)J"],
        "android.os.SystemClock.elapsed": ["()J"],
        "android.content.pm.Signature.toByteArray": ["()[Ljava/lang/String;"],
      };
      expect(strayDescriptors(declared, bad)).toHaveLength(3);
    });
  });
});
