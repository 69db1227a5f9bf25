import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { compileKotlin, kotlinLibraries, kotlinSources, platformImports } from "./compile-kotlin.ts";
import { compileSwift, compileSwiftModules, swiftFolder, swiftSources } from "./compile-swift.ts";
import { androidDeclarations, hasJava, nativeModule, nativeModules } from "./installed.ts";
import { makeAndroidStubs } from "./make-android-stubs.ts";
import { memberDescriptors } from "./member-descriptors.ts";
import { readAndroidTypes } from "./read-android-types.ts";

const root = join(import.meta.dirname, "../..");
const android = join(root, "packages/react-native/android");
const ios = join(root, "packages/react-native/ios");
const okHttp = "/usr/share/java/okhttp.jar:/usr/share/java/okio.jar";

/** Writes the files that a guide shows: blocks of a language whose first line is a comment with the file's name. */
function writeBlocks(guide: string, language: string, into: string): readonly string[] {
  mkdirSync(into, { recursive: true });
  const text = readFileSync(join(root, "docs/guides", guide), "utf8");
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\\n// (\\S+)\\n([\\s\\S]*?)^\`\`\`$`, "gm"));
  return [...blocks].map(([, name = "", code = ""]) => {
    const file = join(into, basename(name));
    writeFileSync(file, code);
    return file;
  });
}

const hasKotlin = hasJava && nativeModules !== null && existsSync("/usr/share/java/okhttp.jar");

describe.skipIf(!hasKotlin && !requireAll)(
  "the guide for native Android apps (needs a JDK, npm ci --prefix testing/native, Debian's libokhttp-java)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-guide-"));
    const [stubs, library] = [join(folder, "stubs"), join(folder, "library")];
    const guide = writeBlocks("native-android.md", "kotlin", join(folder, "guide"));
    const compile = (sources: readonly string[], into: string) =>
      compileKotlin({ sources, classPath: [stubs, library, okHttp], into, moduleName: "app" });

    beforeAll(() => {
      const rooms = ["agent", "bridge", "core"].flatMap((room) =>
        kotlinSources(join(android, room, "src/main/kotlin")),
      );
      const imports = platformImports([...rooms, ...guide]);
      makeAndroidStubs(readAndroidTypes(nativeModule(...androidDeclarations)), imports, memberDescriptors, stubs);
      const made = compileKotlin({ sources: rooms, classPath: [stubs], into: library });
      expect(made.errors).toEqual([]);
      const java = join(android, "okhttp/src/main/java/dev/countersign/okhttp");
      const names = readdirSync(java).map((name) => join(java, name));
      const classPath = [okHttp, ...kotlinLibraries()].join(":");
      execFileSync("javac", ["--release", "8", "-nowarn", "-cp", classPath, "-d", library, ...names], {
        stdio: "pipe",
      });
      const adapter = compileKotlin({
        sources: kotlinSources(join(android, "okhttp/src/main/kotlin")),
        classPath: [stubs, library, okHttp],
        into: library,
        moduleName: "countersign-okhttp",
      });
      expect(adapter.errors).toEqual([]);
    }, 180_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("shows files that compile as an app's own, over what the agent offers everybody", () => {
      expect(guide.map((file) => basename(file))).toEqual(["Gallery.kt", "Pictures.kt", "Client.kt", "Keys.kt"]);
      const { errors, warnings } = compile(guide, join(folder, "app"));
      expect([...errors, ...warnings]).toEqual([]);
    });

    it("would be found out by a call that there is not", () => {
      const [, pictures = ""] = guide;
      const wrong = join(folder, "Wrong.kt");
      writeFileSync(wrong, readFileSync(pictures, "utf8").replace("agent.fetch(", "agent.fecth("));
      expect(compile([wrong], join(folder, "wrong")).errors.join("\n")).toMatch(/unresolved reference.*fecth/);
    });
  },
);

describe.skipIf(swiftFolder === null && !requireAll)(
  "the guide for native iOS apps (needs testing/native/install-swift.sh)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-guide-"));
    const modules = join(folder, "modules");
    // There is no SwiftUI but Apple's.
    const guide = writeBlocks("native-ios.md", "swift", join(folder, "guide"));
    const compiled = guide.filter((file) => !readFileSync(file, "utf8").includes("import SwiftUI"));

    beforeAll(() => {
      expect(compileSwiftModules(swiftSources(join(import.meta.dirname, "swift-stubs")), modules).errors).toEqual([]);
      const sources = ["Agent", "Bridge", "URLSession", "Core"].flatMap((room) => swiftSources(join(ios, room)));
      expect(compileSwift({ sources, modules, version: "5" }).errors).toEqual([]);
    }, 180_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("shows files that compile as an app's own, over what the agent offers everybody", () => {
      expect(guide.map((file) => basename(file))).toEqual([
        "Gallery.swift",
        "Pictures.swift",
        "Sessions.swift",
        "Keys.swift",
      ]);
      expect(compiled).toHaveLength(3);
      const { errors, warnings } = compileSwift({ sources: compiled, modules, version: "5", moduleName: "App" });
      expect([...errors, ...warnings]).toEqual([]);
    });

    it("would be found out by a call that there is not", () => {
      const wrong = join(folder, "Wrong.swift");
      const [pictures = ""] = compiled;
      writeFileSync(wrong, readFileSync(pictures, "utf8").replace("agent.token(", "agent.tokn("));
      const { errors } = compileSwift({ sources: [wrong], modules, version: "5", moduleName: "Wrong" });
      expect(errors.join("\n")).toMatch(/no member 'tokn'/);
    });
  },
);
