import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { artefactsOf } from "../testing/artefacts.ts";
import { blocksOf } from "../testing/guide.ts";
import { npm } from "../testing/node-release.ts";
import { requireAll } from "../testing/vectors.ts";

const root = join(import.meta.dirname, "..");
const example = join(root, "examples/astropiks/app");
const isAbsent = !existsSync(join(example, "node_modules/expo/bin/cli"));
const folder = mkdtempSync(join(tmpdir(), "config-plugin-"));
const app = join(folder, "app");
const modules = join(app, "node_modules");

const keys = `AAAAAAAAAAAAAAAAAAAAAA~${"A".repeat(43)}~${"E".repeat(43)}`;
const production = `cs1~gallery.example.com~${keys}`;
const development = `csd1~localhost:8400~${keys}`;
const digest = "3f5a8c1e9b7d2046aa10c5e4f89b7d62130e5fc4a9b8d7e6f5031c2b4a596877";

/** Makes the example an app of its own: Expo's packages by links, the project's as npm packs and installs them. */
function install(): void {
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "packages/react-native"], {
    cwd: root,
  });
  mkdirSync(join(modules, "@countersign"), { recursive: true });
  for (const name of ["app.json", "index.ts", "package.json", "src"])
    cpSync(join(example, name), join(app, name), { recursive: true });
  for (const name of readdirSync(join(example, "node_modules")))
    symlinkSync(join(example, "node_modules", name), join(modules, name));
  const own = ["react-native", "client", "protocol"];
  npm(root, "pack", "--pack-destination", folder, ...own.map((name) => `./packages/${name}`));
  for (const name of own) {
    const into = join(modules, "@countersign", name);
    mkdirSync(into);
    const [tarball = ""] = readdirSync(folder).filter((file) => file.startsWith(`countersign-${name}-`));
    execFileSync("tar", ["xzf", join(folder, tarball), "-C", into, "--strip-components", "1"]);
  }
  const manifest = JSON.parse(readFileSync(join(app, "package.json"), "utf8"));
  manifest.dependencies["@countersign/react-native"] = "*";
  writeFileSync(join(app, "package.json"), JSON.stringify(manifest));
}

const { NODE_ENV: _, ...shown } = process.env;

function expo(args: readonly string[], environment: Readonly<Record<string, string>>) {
  const env = { ...shown, CI: "1", EXPO_OFFLINE: "1", EXPO_NO_TELEMETRY: "1", ...environment };
  return spawnSync(process.execPath, [join(modules, "expo/bin/cli"), ...args], { cwd: app, env, encoding: "utf8" });
}

/** Writes the native projects; gives what is in them that an app's maker would have written. */
function prebuild(options: object | null, environment: Readonly<Record<string, string>> = {}) {
  const config = JSON.parse(readFileSync(join(example, "app.json"), "utf8"));
  config.expo.plugins = ["@countersign/react-native"].map((name) => (options === null ? name : [name, options]));
  writeFileSync(join(app, "app.json"), JSON.stringify(config));
  const { status, stdout, stderr } = expo(["prebuild", "--no-install"], environment);
  if (status !== 0) return { refused: stdout + stderr };
  const read = (path: string): string => readFileSync(join(app, path), "utf8");
  const manifest = read("android/app/src/main/AndroidManifest.xml");
  const items = manifest.matchAll(/android:name="dev\.countersign\.(\w+)" android:value="([^"]*)"/g);
  const plist = (text: string, key: string) => new RegExp(`<key>${key}</key>\\s*<string>(.*)</string>`).exec(text)?.[1];
  const info = read("ios/AstroPiks/Info.plist");
  return {
    android: Object.fromEntries([...items].map(([, name, value]) => [name, value])),
    ios: plist(info, "CountersignConfiguration"),
    appId: plist(info, "CountersignAppId"),
    detectors: plist(info, "CountersignDetectors"),
    attests: plist(
      read("ios/AstroPiks/AstroPiks.entitlements"),
      "com\\.apple\\.developer\\.devicecheck\\.appattest-environment",
    ),
  };
}

/** Every file of both native projects, by its path. */
const filesOf = (): ReadonlyMap<string, string> =>
  new Map(
    ["android", "ios"]
      .flatMap((name) => artefactsOf(join(app, name)))
      .map((file) => [file, readFileSync(file, "base64")]),
  );

if (isAbsent && requireAll) {
  it("the example app's own packages are installed", () => {
    expect(isAbsent).toBe(false);
  });
}

describe.skipIf(isAbsent)(
  "the config plugin under Expo's own prebuild (needs `npm ci --prefix examples/astropiks/app`)",
  () => {
    beforeAll(install, 120_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("writes nothing without a configuration string, and says where it goes", () => {
      expect(prebuild(null).refused).toMatch(/Put EXPO_PUBLIC_COUNTERSIGN=cs1~… into \.env/);
    });

    it("takes the string out of .env, which the bundle reads too, and writes it for both platforms", () => {
      writeFileSync(join(app, ".env"), `EXPO_PUBLIC_COUNTERSIGN=${production}\n`);
      expect(prebuild(null)).toEqual({
        android: { CONFIGURATION: production },
        ios: production,
        attests: "production",
      });
      rmSync(join(app, ".env"));
    });

    it("writes what the guide has an app without Expo write by hand", () => {
      prebuild({ configuration: production });
      const written = [
        "android/app/src/main/AndroidManifest.xml",
        "ios/AstroPiks/Info.plist",
        "ios/AstroPiks/AstroPiks.entitlements",
      ]
        .map((path) => readFileSync(join(app, path), "utf8").replaceAll(/\s/g, ""))
        .join("");
      const blocks = blocksOf("docs/guides/react-native.md", "xml");
      expect(blocks).toHaveLength(3);
      for (const block of blocks) {
        const [, ...lines] = block.replaceAll("cs1~…", production).trimEnd().split("\n");
        expect(written).toContain(lines.join("").replaceAll(/\s/g, ""));
      }
    });

    it("changes nothing the second time, and forgets what an option said once it is gone", () => {
      const options = {
        configuration: production,
        android: { signers: [digest.toUpperCase(), digest], installers: ["com.android.vending"] },
        detectors: ["cloner", "proxy"],
        ios: { appId: "A1B2C3D4E5.dev.countersign.astropiks" },
      };
      expect(prebuild(options)).toMatchObject({
        android: { SIGNERS: `${digest},${digest}`, INSTALLERS: "com.android.vending", DETECTORS: "cloner,proxy" },
        appId: "A1B2C3D4E5.dev.countersign.astropiks",
      });
      const first = filesOf();
      prebuild(options);
      expect(filesOf()).toEqual(first);
      expect(prebuild({ configuration: production })).toEqual({
        android: { CONFIGURATION: production },
        ios: production,
        attests: "production",
      });
    });

    it("writes a development project's string into a build for development alone, which attests in Apple's development environment", () => {
      expect(prebuild({ configuration: development })).toEqual({
        android: { CONFIGURATION: development },
        ios: development,
        attests: "development",
      });
      for (const [options, environment] of [
        [{ configuration: development, release: true }, {}],
        [{ configuration: development }, { EAS_BUILD_PROFILE: "production" }],
        [{ configuration: development }, { NODE_ENV: "production" }],
      ] as const)
        expect(prebuild(options, environment).refused).toMatch(/is a development project's string/);
    });

    it("stops the bundling that Gradle and Xcode do for a release, with the next step", () => {
      prebuild({ configuration: development });
      for (const platform of ["android", "ios"]) {
        const out = join(folder, `${platform}.js`);
        const args = ["export:embed", "--platform", platform, "--dev", "false", "--entry-file", "index.ts"];
        const { status, stderr } = expo([...args, "--bundle-output", out], {});
        expect([status === 0, existsSync(out)]).toEqual([false, false]);
        expect(stderr).toContain("countersign project create NAME --kind production");
      }
    });

    const autolink = (command: string, platform: string): string =>
      execFileSync(
        process.execPath,
        [join(modules, ".bin/expo-modules-autolinking"), command, "--platform", platform, "--json"],
        { cwd: app, encoding: "utf8" },
      );

    it.each(["android", "apple"])("Expo's autolinking finds the native module on %s", (platform) => {
      const found = JSON.parse(autolink("resolve", platform)) as {
        readonly modules: readonly { packageName: string }[];
      };
      const own = found.modules.filter(({ packageName }) => packageName === "@countersign/react-native");
      expect(JSON.stringify(own)).toContain(
        platform === "android" ? "dev.countersign.expo.CountersignModule" : '"podName":"Countersign"',
      );
    });

    it.each(["android", "ios"])("React Native's autolinking leaves it to Expo's there, on %s", (platform) => {
      const found = JSON.parse(autolink("react-native-config", platform)) as { readonly dependencies: object };
      expect(Object.keys(found.dependencies)).toEqual(["expo"]);
    });
  },
);
