import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTlsAuthority } from "../tls-authority.ts";
import { requireAll } from "../vectors.ts";
import { compileKotlin, kotlinLibraries, kotlinSources, platformImports } from "./compile-kotlin.ts";
import { androidDeclarations, hasJava, nativeModule, nativeModules } from "./installed.ts";
import { makeAndroidStubs } from "./make-android-stubs.ts";
import { memberDescriptors } from "./member-descriptors.ts";
import { unknownMembers } from "./platform-rules.ts";
import { type DeclaredClass, readAndroidTypes } from "./read-android-types.ts";
import { type UsedMember, usedMembers } from "./used-members.ts";

const android = join(import.meta.dirname, "../../packages/react-native/android");
const agent = kotlinSources(join(android, "agent/src/main/kotlin"));
const main = kotlinSources(join(android, "okhttp/src/main/kotlin"));
const tests = kotlinSources(join(android, "okhttp/src/test/kotlin"));
const javaSources = ["main", "test"].flatMap((part) => {
  const folder = join(android, "okhttp/src", part, "java/dev/countersign/okhttp");
  return readdirSync(folder).map((name) => join(folder, name));
});
const checksIn = (file: string): readonly string[] =>
  [...readFileSync(file, "utf8").matchAll(/checks\.check\("([^"]+)"\)/g)].map(([, name = ""]) => name);
const checks = tests.flatMap(checksIn);
const interceptorChecks = kotlinSources(join(android, "core/src/test/kotlin")).flatMap(checksIn);

/** Debian's, and another version whose class path the caller names (OkHttp 4 or 5 and its Okio). */
const debian = "/usr/share/java/okhttp.jar:/usr/share/java/okio.jar";
const named = process.env.COUNTERSIGN_OKHTTP;
const okHttps: readonly (readonly [string, string])[] = [
  ["OkHttp 3.13", debian],
  ...(named === undefined ? [] : ([["the OkHttp that is named", named]] as const)),
];
const hasOkHttp = existsSync("/usr/share/java/okhttp.jar");

const canRun = hasJava && nativeModules !== null && hasOkHttp;

describe.skipIf(!canRun && !requireAll)("the pinned client of OkHttp", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-okhttp-"));
  const inFolder = (name: string): string => join(folder, name);
  let declared: ReadonlyMap<string, DeclaredClass>;

  function writeMaterials(nowMs: number): void {
    const authorities = ["device", "managed", "stranger"].map((name) => createTlsAuthority({ name, nowMs }));
    const [device, , stranger] = authorities;
    if (device === undefined || stranger === undefined) throw new TypeError("three authorities");
    const leaf = device.issue(["api.example.com", "other.example.com"]);
    const strange = stranger.issue(["api.example.com"]);
    const texts = [
      ["device", device.pem],
      ["managed", authorities[1]?.pem ?? ""],
      ["stranger", stranger.pem],
      ["leaf", leaf.cert],
      ["leaf-key", leaf.key],
      ["strange-leaf", strange.cert],
      ["strange-leaf-key", strange.key],
    ] as const;
    for (const [name, text] of texts) writeFileSync(inFolder(`${name}.pem`), text);
  }

  beforeAll(() => {
    declared = readAndroidTypes(nativeModule(...androidDeclarations));
    makeAndroidStubs(declared, platformImports(agent), memberDescriptors, inFolder("stubs"));
    const compiled = compileKotlin({ sources: agent, classPath: [inFolder("stubs")], into: inFolder("agent") });
    expect(compiled.errors).toEqual([]);
    writeMaterials(Date.now());
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe.each(okHttps)("over %s", (name, okHttp) => {
    const own = inFolder(name.replaceAll(" ", "-"));
    const below = [inFolder("agent"), inFolder("stubs"), okHttp];
    let warnings: readonly string[];
    let results: ReadonlyMap<string, string> = new Map();

    beforeAll(async () => {
      mkdirSync(own);
      execFileSync(
        "javac",
        ["--release", "8", "-nowarn", "-cp", [okHttp, ...kotlinLibraries()].join(":"), "-d", own, ...javaSources],
        { stdio: "pipe" },
      );
      // Another module than the agent: nothing that the agent keeps to itself is used.
      const compiled = compileKotlin({
        sources: [...main, ...tests],
        classPath: [own, ...below],
        into: own,
        moduleName: "countersign-okhttp",
      });
      warnings = [...compiled.errors, ...compiled.warnings];
      if (compiled.errors.length > 0) return;
      const classPath = [own, ...below, ...kotlinLibraries()].join(":");
      const arguments_ = [
        `-Dcountersign.tls=${folder}`,
        "-cp",
        classPath,
        "dev.countersign.okhttp.PinnedClientTestsKt",
      ];
      const { stdout } = await promisify(execFile)("java", arguments_);
      const lines = stdout.split("\n").map((line) => line.split("\t"));
      results = new Map(lines.map(([state = "", check = "", why = ""]) => [check, state === "ok" ? "ok" : why]));
    });

    it("compiles over what the agent offers everybody, without a warning", () => {
      expect(warnings).toEqual([]);
    });

    it.each(checks)("%s", (check) => {
      expect(results.get(check)).toBe("ok");
    });

    describe("of the native agent", () => {
      const core = join(own, "core");
      let problems: readonly string[];
      let answers: ReadonlyMap<string, string> = new Map();

      beforeAll(async () => {
        mkdirSync(core);
        const sources = [
          ...agent,
          ...["bridge", "core"].flatMap((part) => kotlinSources(join(android, part, "src/main/kotlin"))),
        ];
        const interceptor = join(android, "core/src/okhttp/java/dev/countersign/core/CountersignInterceptor.java");
        const checked = [
          ...kotlinSources(join(android, "okhttp/src/test/kotlin/dev/countersign/okhttp")).filter((file) =>
            file.endsWith("Checks.kt"),
          ),
          ...kotlinSources(join(android, "core/src/test/kotlin")),
        ];
        const stubs = join(core, "stubs");
        makeAndroidStubs(declared, platformImports(sources), memberDescriptors, stubs);
        const compiled = compileKotlin({
          sources: [...sources, ...checked, interceptor],
          classPath: [own, stubs, okHttp],
          into: core,
        });
        problems = [...compiled.errors, ...compiled.warnings];
        if (compiled.errors.length > 0) return;
        const classPath = [core, own, stubs, okHttp, ...kotlinLibraries()].join(":");
        execFileSync("javac", ["--release", "8", "-nowarn", "-cp", classPath, "-d", core, interceptor], {
          stdio: "pipe",
        });
        const { stdout } = await promisify(execFile)("java", [
          "-cp",
          classPath,
          "dev.countersign.core.CountersignInterceptorTestsKt",
        ]);
        const lines = stdout.split("\n").map((line) => line.split("\t"));
        answers = new Map(lines.map(([state = "", check = "", why = ""]) => [check, state === "ok" ? "ok" : why]));
      });

      it("compiles without a warning", () => {
        expect(problems).toEqual([]);
      });

      it.each(interceptorChecks)("%s", (check) => {
        expect(answers.get(check)).toBe("ok");
      });
    });

    it("uses nothing of a JDK that Android does not have", () => {
      const classes = readdirSync(join(own, "dev/countersign/okhttp")).filter((file) => file.endsWith(".class"));
      const ofMain = classes.filter((file) =>
        /^(?:PinnedClient|ProvenSockets|CurrentConnections|ConnectionCheck|UnprovenConnection|RedirectGuard|OkHttpNames)(?:Kt)?(?:\$.*)?\.class$/.test(
          file,
        ),
      );
      const members: readonly UsedMember[] = ofMain.flatMap((file) =>
        usedMembers(join(own, "dev/countersign/okhttp", file)),
      );
      expect(ofMain.length).toBeGreaterThan(6);
      expect([...new Set(unknownMembers(members, declared))].sort()).toEqual([]);
    });
  });
});
