import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTlsAuthority } from "../tls-authority.ts";
import { requireAll } from "../vectors.ts";
import { compileKotlin, kotlinLibraries, kotlinSources, platformImports } from "./compile-kotlin.ts";
import { androidDeclarations, hasJava, nativeModule, nativeModules } from "./installed.ts";
import { makeAndroidStubs } from "./make-android-stubs.ts";
import { expoSlices, makeExpoStubs } from "./make-expo-stubs.ts";
import { memberDescriptors } from "./member-descriptors.ts";
import { generateSpec, reactNativeSlice } from "./react-native-slice.ts";
import { readAndroidTypes } from "./read-android-types.ts";

const root = join(import.meta.dirname, "../..");
const packageFolder = join(root, "packages/react-native");
const android = join(packageFolder, "android");
const modules = join(root, "examples/astropiks/app/node_modules");
const okHttp = ["/usr/share/java/okhttp.jar", "/usr/share/java/okio.jar"];
const proguard = "/usr/bin/proguard";

/** What Expo's and React Native's generated lists of modules name, and what an app starts. */
const app = `package app
import dev.countersign.core.CountersignAgent
import dev.countersign.expo.CountersignModule
import dev.countersign.reactnative.CountersignPackage
object App {
    @JvmStatic fun modules() = listOf<Class<*>>(CountersignModule::class.java)
    @JvmStatic fun packages() = listOf(CountersignPackage())
    @JvmStatic fun agent(context: android.content.Context) = CountersignAgent(context, "gallery")
}`;

/** Java that the generated class stands on, as far as the shrinker asks: package, name, and what is above what. */
const javaShells: readonly (readonly [string, string, string])[] = [
  ["com.facebook.proguard.annotations", "DoNotStrip", "public @interface DoNotStrip {}"],
  ["javax.annotation", "Nonnull", "public @interface Nonnull {}"],
  ["com.facebook.react.bridge", "NativeModule", "public interface NativeModule { String getName(); }"],
  [
    "com.facebook.react.bridge",
    "BaseJavaModule",
    `public abstract class BaseJavaModule implements NativeModule {
  public BaseJavaModule() {}
  public BaseJavaModule(ReactApplicationContext context) {}
  public void initialize() {}
  public void invalidate() {}
  protected final ReactApplicationContext getReactApplicationContext() { return null; }
}`,
  ],
  [
    "com.facebook.react.bridge",
    "ReactContext",
    `public abstract class ReactContext extends android.content.ContextWrapper {
  public ReactContext(android.content.Context context) { super(context); }
  public abstract String getSourceURL();
}`,
  ],
];

const hasTools = [proguard, ...okHttp, join(modules, "react-native/package.json")].every((path) => existsSync(path));
const canRun = hasJava && nativeModules !== null && hasTools;

describe.skipIf(!canRun && !requireAll)("the shrinker's rules on Android", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-r8-"));
  const inFolder = (name: string): string => join(folder, name);
  const main = ["agent", "bridge", "okhttp", "core", "react-native", "expo"].flatMap((part) =>
    kotlinSources(join(android, part, "src/main/kotlin")),
  );
  const turbo = kotlinSources(join(android, "react-native/src/turbo/kotlin"));
  const tests = kotlinSources(join(android, "okhttp/src/test/kotlin"));
  /** Of each class the name that it was given. */
  let names: ReadonlyMap<string, string>;

  function compile(): void {
    const declared = readAndroidTypes(nativeModule(...androidDeclarations));
    const reactNative = reactNativeSlice(modules, inFolder("react-native"));
    const expo = makeExpoStubs(nativeModule("expo-modules-core/android/src"), expoSlices, inFolder("expo"));
    const spec = generateSpec(modules, packageFolder, inFolder("generated"));
    writeFileSync(inFolder("App.kt"), app);
    const sources = [...main, ...turbo, ...tests, ...reactNative, ...expo, inFolder("App.kt")];
    const imported = platformImports(sources).filter((name) => declared.has(name));
    makeAndroidStubs(declared, [...imported, "android.content.ContextWrapper"], memberDescriptors, inFolder("stubs"));
    mkdirSync(inFolder("classes"));
    const javac = (classPath: readonly string[], into: string, files: readonly string[]) =>
      execFileSync("javac", ["--release", "8", "-nowarn", "-cp", classPath.join(":"), "-d", into, ...files], {
        stdio: "pipe",
      });
    const own = [
      "main/java/dev/countersign/okhttp/OkHttpNames.java",
      "test/java/dev/countersign/okhttp/TestNames.java",
    ];
    javac(
      okHttp,
      inFolder("classes"),
      own.map((name) => join(android, "okhttp/src", name)),
    );
    const classPath = [inFolder("classes"), inFolder("stubs"), ...okHttp];
    const compiled = compileKotlin({ sources: [...sources, spec], classPath, into: inFolder("classes") });
    expect(compiled.errors).toEqual([]);
    const shells = javaShells.map(([namespace, name, text]) => {
      const file = inFolder(`shells/${namespace.replaceAll(".", "/")}/${name}.java`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `package ${namespace};\n${text}\n`);
      return file;
    });
    javac([...classPath, ...kotlinLibraries()], inFolder("classes"), [...shells, spec]);
    // Where the app is built these are libraries of others.
    mkdirSync(inFolder("others"));
    for (const name of ["com", "expo", "javax"]) renameSync(inFolder(`classes/${name}`), inFolder(`others/${name}`));
    // The tests' own stands for it.
    rmSync(inFolder("stubs/android/net/http/X509TrustManagerExtensions.class"));
  }

  /** Java's own classes as of version 8, from the compiler's record of them: ProGuard reads no newer ones. */
  function writeJava(): void {
    const home = dirname(dirname(execFileSync("readlink", ["-f", "/usr/bin/javac"], { encoding: "utf8" }).trim()));
    mkdirSync(inFolder("symbols"));
    execFileSync("jar", ["xf", join(home, "lib/ct.sym")], { cwd: inFolder("symbols") });
    for (const versions of readdirSync(inFolder("symbols")).filter((name) => name.includes("8"))) {
      const from = inFolder(`symbols/${versions}/java.base`);
      if (!existsSync(from)) continue;
      for (const file of readdirSync(from, { recursive: true, encoding: "utf8" })) {
        if (!file.endsWith(".sig")) continue;
        const to = join(inFolder("java"), file.replace(/sig$/, "class"));
        mkdirSync(dirname(to), { recursive: true });
        const bytes = readFileSync(join(from, file));
        // The record's own version says nothing of the class.
        bytes.writeUInt16BE(52, 6);
        writeFileSync(to, bytes);
      }
    }
  }

  beforeAll(() => {
    compile();
    writeJava();
    const provider = /android:name="([\w.]+)"/g;
    const manifest = readFileSync(join(android, "react-native/src/main/AndroidManifest.xml"), "utf8");
    const rules = [
      `-injars ${inFolder("classes")}`,
      `-outjars ${inFolder("shrunk.jar")}`,
      ...["java", "stubs", "others"].map((name) => `-libraryjars ${inFolder(name)}`),
      ...[...okHttp, ...kotlinLibraries()].map((jar) => `-libraryjars ${jar}`),
      `-printmapping ${inFolder("mapping.txt")}`,
      "-dontnote",
      "-dontwarn kotlin.**,okio.**,okhttp3.**,javax.annotation.**,org.codehaus.**,android.**",
      // What Android's build tools write for a manifest, and what starts an app.
      ...[...manifest.matchAll(provider)].map(([, name = ""]) => `-keep class ${name} { <init>(); }`),
      "-keep class app.App { *; }",
      "-keep class dev.countersign.okhttp.PinnedClientTestsKt { public static void main(java.lang.String[]); }",
      ...["agent", "core"].map((part) => readFileSync(join(android, part, "consumer-rules.pro"), "utf8")),
      readFileSync(join(modules, "expo-modules-core/android/proguard-rules.pro"), "utf8"),
      readFileSync(join(modules, "react-native/ReactAndroid/proguard-rules.pro"), "utf8"),
    ];
    writeFileSync(inFolder("rules.pro"), rules.join("\n"));
    const ran = spawnSync(proguard, [`@${inFolder("rules.pro")}`], { encoding: "utf8" });
    expect(ran.status === 0 ? "" : ran.stdout + ran.stderr).toBe("");
    const mapping = readFileSync(inFolder("mapping.txt"), "utf8");
    names = new Map([...mapping.matchAll(/^(\S+) -> (\S+):$/gm)].map(([, from = "", to = ""]) => [from, to]));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const isOurs = (name: string): boolean =>
    name.startsWith("dev.countersign.") && !name.endsWith("PinnedClientTestsKt");

  it("keep the names of what others make by name, and no other", () => {
    const kept = [...names].filter(([from, to]) => from === to && isOurs(from)).map(([name]) => name);
    expect(kept.sort()).toEqual([
      "dev.countersign.agent.start.StartProvider",
      "dev.countersign.reactnative.CountersignTurboModule",
      "dev.countersign.reactnative.NativeCountersignSpec",
      "dev.countersign.reactnative.NetworkingProvider",
    ]);
    expect([...names.keys()].filter(isOurs).length).toBeGreaterThan(100);
  });

  const members = (name: string): string =>
    execFileSync("javap", ["-p", "-cp", inFolder("shrunk.jar"), names.get(name) ?? name], { encoding: "utf8" });

  it("leave the providers what the system makes them with, Expo's module its definition, the TurboModule and the core's page their methods", () => {
    for (const provider of ["agent.start.StartProvider", "reactnative.NetworkingProvider"])
      expect(members(`dev.countersign.${provider}`)).toMatch(/public dev\.countersign\.[\w.]+\(\);/);
    expect(members("dev.countersign.expo.CountersignModule")).toContain(" definition(");
    const turbo = members("dev.countersign.reactnative.CountersignTurboModule");
    for (const method of ["call", "identity", "randomBytes", "continuousMs", "invalidate"])
      expect(turbo).toContain(` ${method}(`);
    const given = members("dev.countersign.core.WebViewEngine$Given");
    for (const method of ["call", "after", "answer", "randomBytes", "continuousMs"])
      expect(given).toContain(` ${method}(`);
  });

  it("leave the pinned client as it was: what was shrunk and renamed does all that its tests ask", () => {
    const nowMs = Date.now();
    const [device, managed, stranger] = ["device", "managed", "stranger"].map((name) =>
      createTlsAuthority({ name, nowMs }),
    );
    if (device === undefined || managed === undefined || stranger === undefined) throw new TypeError("three");
    const leaf = device.issue(["api.example.com", "other.example.com"]);
    const strange = stranger.issue(["api.example.com"]);
    const texts = {
      device: device.pem,
      managed: managed.pem,
      stranger: stranger.pem,
      leaf: leaf.cert,
      "leaf-key": leaf.key,
      "strange-leaf": strange.cert,
      "strange-leaf-key": strange.key,
    };
    for (const [name, text] of Object.entries(texts)) writeFileSync(inFolder(`${name}.pem`), text);
    const classPath = [inFolder("shrunk.jar"), inFolder("stubs"), inFolder("others"), ...okHttp, ...kotlinLibraries()];
    const started = "dev.countersign.okhttp.PinnedClientTestsKt";
    const printed = execFileSync("java", [`-Dcountersign.tls=${folder}`, "-cp", classPath.join(":"), started], {
      encoding: "utf8",
    });
    const lines = printed.trim().split("\n");
    expect(lines.filter((line) => !line.startsWith("ok\t"))).toEqual([]);
    expect(lines.length).toBeGreaterThan(10);
  });
});
