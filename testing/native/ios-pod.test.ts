import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { swiftFolder, swiftSources } from "./compile-swift.ts";

const own = join(import.meta.dirname, "../../packages/react-native");
const podspec = join(own, "Countersign.podspec");
const example = join(import.meta.dirname, "../../examples/astropiks/app");
const hasRuby = spawnSync("ruby", ["--version"]).status === 0;

/** Stands for CocoaPods: keeps what a specification is given, and prints it. The app's Podfile brings the functions along. */
const cocoapods = `
require 'json'
module Pod
  class Spec
    def initialize
      @given = { 'dependencies' => [] }
      yield self
      puts JSON.generate(@given)
    end
    def dependency(name)
      @given['dependencies'] << name
    end
    def method_missing(name, *values)
      raise NoMethodError, name.to_s unless name.to_s.end_with?('=')
      @given[name.to_s.chomp('=')] = values.length == 1 ? values[0] : values
    end
  end
end
def install_modules_dependencies(spec) spec.dependency('React-Core') end if ENV['REACT']
def use_expo_modules!(options = {}) raise 'the Podfile calls it, no specification' end if ENV['EXPO']
eval(File.read(ARGV[0]), nil, ARGV[0])
`;

interface Given {
  readonly name: string;
  readonly source_files: readonly string[];
  readonly private_header_files?: string;
  readonly resources?: string;
  readonly resource_bundles: Readonly<Record<string, readonly string[]>>;
  readonly dependencies: readonly string[];
}

const kinds = { native: {}, react: { REACT: "1" }, expo: { REACT: "1", EXPO: "1" } } as const;
type Kind = keyof typeof kinds;

describe.skipIf(!hasRuby && !requireAll)("the pod of the iOS agent (needs ruby)", () => {
  const given = (kind: Kind): Given =>
    JSON.parse(
      execFileSync("ruby", ["-e", cocoapods, podspec], {
        encoding: "utf8",
        env: { PATH: process.env.PATH, ...kinds[kind] },
      }),
    ) as Given;
  const filesOf = (kind: Kind): readonly string[] =>
    given(kind).source_files.flatMap((pattern) => globSync(pattern, { cwd: own }));
  const all = readdirSync(join(own, "ios"), { recursive: true, encoding: "utf8" })
    .map((name) => `ios/${name}`)
    .filter((name) => /\.(?:swift|h|m|mm)$/.test(name) && !name.startsWith("ios/Tests/"));
  const folderOf = (name: string): string => name.split("/").slice(1, -1).slice(0, 2).join("/");
  const within = (kind: Kind): readonly string[] =>
    [
      ...new Set(
        filesOf(kind).map((name) => (name.startsWith("ios/ReactNative") ? folderOf(name) : (name.split("/")[1] ?? ""))),
      ),
    ].sort();

  it.each(Object.keys(kinds) as Kind[])("takes no file twice, and has a file for each of its patterns: %s", (kind) => {
    const files = filesOf(kind);
    expect(files).toEqual([...new Set(files)]);
    for (const pattern of given(kind).source_files)
      expect([pattern, globSync(pattern, { cwd: own })]).not.toEqual([pattern, []]);
  });

  it("takes the agent, its bridge and URLSession always, and beside them what its host needs", () => {
    expect(within("native")).toEqual(["Agent", "Bridge", "Core", "URLSession"]);
    expect(within("react")).toEqual(["Agent", "Bridge", "ReactNative/Module", "ReactNative/Start", "URLSession"]);
    expect(within("expo")).toEqual(["Agent", "Bridge", "Expo", "ReactNative/Start", "URLSession"]);
  });

  it("leaves no source out of every host's", () => {
    const taken = new Set([...filesOf("native"), ...filesOf("react"), ...filesOf("expo")]);
    expect(all.filter((name) => !taken.has(name))).toEqual([]);
  });

  it("imports no framework of a host that it is not built for", () => {
    expect(given("native").dependencies).toEqual([]);
    expect(given("react").dependencies).toEqual(["React-Core", "React-RCTNetwork"]);
    expect(given("expo").dependencies).toEqual(["React-Core", "React-RCTNetwork", "Expo", "ExpoModulesCore"]);
  });

  it("keeps its headers, which are Objective-C++'s, from the module that Swift imports", () => {
    const pattern = given("react").private_header_files ?? "";
    const headers = filesOf("react").filter((name) => name.endsWith(".h"));
    expect(headers).not.toEqual([]);
    expect(globSync(pattern, { cwd: own }).sort()).toEqual([...headers].sort());
  });

  it("brings the privacy manifest along in a bundle, and the core's script where no other JavaScript runs", () => {
    for (const kind of Object.keys(kinds) as Kind[]) {
      const files = Object.values(given(kind).resource_bundles).flat();
      expect(files.map((name) => [name, existsSync(join(own, name))])).toEqual([["ios/PrivacyInfo.xcprivacy", true]]);
      expect(given(kind).resources).toBe(kind === "native" ? "core/countersign-core.js" : undefined);
    }
  });
});

describe.skipIf(swiftFolder === null && !requireAll)(
  "the Swift package (needs testing/native/install-swift.sh)",
  () => {
    it("takes what the pod takes for a native app", () => {
      const runner = join(import.meta.dirname, "run-swift.sh");
      const command = [swiftFolder ?? "", "swift", "package", "--package-path", `/host${own}`, "dump-package"];
      const { targets, platforms } = JSON.parse(execFileSync(runner, command, { encoding: "utf8" })) as {
        readonly targets: readonly { readonly path: string; readonly sources: readonly string[] }[];
        readonly platforms: readonly { readonly platformName: string; readonly version: string }[];
      };
      expect(targets.map(({ path, sources }) => [path, [...sources].sort()])).toEqual([
        [".", ["ios/Agent", "ios/Bridge", "ios/Core", "ios/URLSession"]],
      ]);
      expect(platforms.map(({ platformName, version }) => `${platformName} ${version}`)).toEqual(["ios 15.4"]);
      const sources = targets.flatMap((target) => target.sources.flatMap((folder) => swiftSources(join(own, folder))));
      expect(sources.length).toBeGreaterThan(50);
      // Two files of one name are one object.
      expect(new Set(sources.map((file) => basename(file))).size).toBe(sources.length);
    });
  },
);

const autolinking = join(example, "node_modules/.bin/expo-modules-autolinking");

describe.skipIf(!existsSync(autolinking) && !requireAll)(
  "autolinking of the iOS pod by Expo's own tool (needs the example app's packages)",
  () => {
    const app = mkdtempSync(join(tmpdir(), "countersign-autolinking-"));
    const installed = join(app, "node_modules/@countersign/react-native");
    beforeAll(() => {
      mkdirSync(installed, { recursive: true });
      for (const name of readdirSync(join(example, "node_modules")))
        if (name !== "@countersign") symlinkSync(join(example, "node_modules", name), join(app, "node_modules", name));
      for (const name of ["package.json", "expo-module.config.json", "Countersign.podspec", "ios"])
        cpSync(join(own, name), join(installed, name), { recursive: true });
      const dependencies = { "@countersign/react-native": "*", "react-native": "*", expo: "*" };
      writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", version: "1.0.0", dependencies }));
      mkdirSync(join(app, "ios"));
    });
    afterAll(() => rmSync(app, { recursive: true, force: true }));

    function ask(...question: readonly string[]): unknown {
      return JSON.parse(
        execFileSync(process.execPath, [autolinking, ...question, "--json"], { cwd: app, encoding: "utf8" }),
      );
    }

    const asReactNative = (): unknown =>
      (ask("react-native-config", "--platform", "ios") as { readonly dependencies: Readonly<Record<string, unknown>> })
        .dependencies["@countersign/react-native"];

    it("links it once in an Expo app: as a module with its subscriber, and not as React Native's", () => {
      const { modules } = ask("resolve", "--platform", "apple") as {
        readonly modules: readonly Readonly<Record<string, unknown>>[];
      };
      const linked = modules.filter(({ packageName }) => packageName === "@countersign/react-native");
      expect(linked).toMatchObject([
        {
          pods: [{ podName: "Countersign" }],
          swiftModuleNames: ["Countersign"],
          modules: [{ class: "CountersignModule" }],
          appDelegateSubscribers: ["CountersignSubscriber"],
        },
      ]);
      expect(asReactNative()).toBeUndefined();
    });

    it("is in the list of modules that Expo writes for the app, with its subscriber", () => {
      const list = join(app, "ios/ExpoModulesProvider.swift");
      const names = ["--target", list, "--packages", "@countersign/react-native"];
      execFileSync(process.execPath, [autolinking, "generate-modules-provider", "--platform", "apple", ...names], {
        cwd: app,
      });
      const text = readFileSync(list, "utf8");
      for (const line of [
        "import Countersign\n",
        "(module: CountersignModule.self, name: nil)",
        "CountersignSubscriber.self\n",
      ])
        expect(text).toContain(line);
    });

    it("links it as React Native's where it is no Expo module", () => {
      rmSync(join(installed, "expo-module.config.json"));
      expect(asReactNative()).toMatchObject({
        platforms: {
          ios: { podspecPath: expect.stringMatching(/\/@countersign\/react-native\/Countersign\.podspec$/) },
        },
      });
    });
  },
);
