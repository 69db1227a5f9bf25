import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { capacitorModule, hasCapacitor } from "./capacitor-installed.ts";

const root = join(import.meta.dirname, "../..");
const native = join(root, "packages/react-native");

const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

describe.skipIf(!hasCapacitor && !requireAll)("the package @countersign/capacitor (needs testing/capacitor)", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-capacitor-package-"));
  const packed = join(folder, "app/node_modules/@countersign/capacitor");
  const app = join(folder, "app");

  beforeAll(() => {
    // Packed from a copy: what is put in for the moment is in nobody's way.
    for (const name of ["packages/capacitor", "packages/react-native/android", "packages/react-native/ios"])
      cpSync(join(root, name), join(folder, name), {
        recursive: true,
        filter: (path) => !path.includes("node_modules"),
      });
    mkdirSync(join(folder, "scripts"));
    cpSync(join(root, "scripts/capacitor-sources.ts"), join(folder, "scripts/capacitor-sources.ts"));
    const pack = ["pack", "--loglevel=error", "--pack-destination", folder];
    const env = { ...process.env, PATH: `${join(process.execPath, "..")}:${process.env.PATH ?? ""}` };
    execFileSync("npm", pack, { cwd: join(folder, "packages/capacitor"), env, stdio: "ignore" });
    const [archive = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    mkdirSync(packed, { recursive: true });
    execFileSync("tar", ["-xzf", join(folder, archive), "-C", packed, "--strip-components=1"]);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("holds the agent's native sources, byte for byte, and no tests of theirs", () => {
    const parts = ["android/agent", "android/bridge", "ios/Agent", "ios/Bridge"];
    for (const part of parts) {
      const own = filesOf(join(native, part)).filter((name) => !name.startsWith("src/test/"));
      expect(own.length).toBeGreaterThan(5);
      expect(filesOf(join(packed, part))).toEqual(own);
      for (const name of own)
        expect(readFileSync(join(packed, part, name)).equals(readFileSync(join(native, part, name)))).toBe(true);
    }
    expect(filesOf(packed).filter((name) => /(?:^|\/)[Tt]ests?\//.test(name))).toEqual([]);
  });

  it("holds every folder and file that its build files name", () => {
    const of = (name: string): string => readFileSync(join(packed, name), "utf8");
    const gradle = [...of("android/build.gradle").matchAll(/"\$countersignSources\/([^"]+)"/g)].map(
      ([, path]) => `android/${path}`,
    );
    const swift = [...(/sources: \[([^\]]+)\]/.exec(of("Package.swift"))?.[1]?.matchAll(/"(\w+)"/g) ?? [])].map(
      ([, path]) => `ios/${path}`,
    );
    const pod = [...of("CountersignCapacitor.podspec").matchAll(/#\{sources\}\/([\w.]+)/g)].map(
      ([, path]) => `ios/${path}`,
    );
    const named = [...gradle, ...swift, ...pod, "android/src/main/kotlin", "ios/Plugin", "ios/PrivacyInfo.xcprivacy"];
    expect(named.length).toBeGreaterThan(10);
    const held = filesOf(packed);
    expect(named.filter((path) => !held.some((name) => name === path || name.startsWith(`${path}/`)))).toEqual([]);
  });

  it("leaves nothing of them behind where it was packed", () => {
    const left = filesOf(join(folder, "packages/capacitor")).filter((name) => !name.startsWith("dist/"));
    expect(left.filter((name) => /(?:agent|bridge|Agent|Bridge|xcprivacy)(?:\/|$)/.test(name))).toEqual([]);
  });

  describe("added to an app by Capacitor's own command", () => {
    const command = (...words: readonly string[]): void => {
      const env = { ...process.env, CI: "1" };
      execFileSync(process.execPath, [capacitorModule("cli/bin/capacitor"), ...words], {
        cwd: app,
        stdio: "ignore",
        env,
      });
    };

    beforeAll(() => {
      symlinkSync(capacitorModule(), join(app, "node_modules/@capacitor"));
      const { version } = JSON.parse(readFileSync(capacitorModule("cli/package.json"), "utf8")) as { version: string };
      const needed = ["core", "android", "ios"].map((name) => [`@capacitor/${name}`, version]);
      const dependencies = { ...Object.fromEntries(needed), "@countersign/capacitor": "*" };
      writeFileSync(join(app, "package.json"), JSON.stringify({ name: "gallery", version: "1.0.0", dependencies }));
      writeFileSync(
        join(app, "capacitor.config.json"),
        JSON.stringify({ appId: "com.example.gallery", appName: "Gallery", webDir: "www" }),
      );
      mkdirSync(join(app, "www"));
      writeFileSync(join(app, "www/index.html"), "<title>gallery</title>");
      command("add", "android");
      command("add", "ios");
    }, 60_000);

    const of = (name: string): string => readFileSync(join(app, name), "utf8");

    it("is a Gradle project of the Android app, and its class is registered", () => {
      expect(of("android/capacitor.settings.gradle")).toContain(
        "include ':countersign-capacitor'\nproject(':countersign-capacitor').projectDir = new File('../node_modules/@countersign/capacitor/android')",
      );
      expect(of("android/app/capacitor.build.gradle")).toContain("implementation project(':countersign-capacitor')");
      expect(JSON.parse(of("android/app/src/main/assets/capacitor.plugins.json"))).toEqual([
        { pkg: "@countersign/capacitor", classpath: "dev.countersign.capacitor.CountersignPlugin" },
      ]);
    });

    it("is a Swift package of the iOS app, under the name of its product, and its class is registered", () => {
      const swift = of("ios/App/CapApp-SPM/Package.swift");
      expect(swift).toContain(
        '.package(name: "CountersignCapacitor", path: "../../../node_modules/@countersign/capacitor")',
      );
      expect(swift).toContain('.product(name: "CountersignCapacitor", package: "CountersignCapacitor")');
      const { packageClassList } = JSON.parse(of("ios/App/App/capacitor.config.json"));
      expect(packageClassList).toEqual(["CountersignPlugin"]);
    });

    it("is a pod of it where the app takes CocoaPods", () => {
      rmSync(join(app, "ios"), { recursive: true });
      command("add", "ios", "--packagemanager", "CocoaPods");
      expect(of("ios/App/Podfile")).toContain(
        "pod 'CountersignCapacitor', :path => '../../node_modules/@countersign/capacitor'",
      );
      expect(of("node_modules/@countersign/capacitor/CountersignCapacitor.podspec")).toContain(
        "s.name = 'CountersignCapacitor'",
      );
    });
  });
});
