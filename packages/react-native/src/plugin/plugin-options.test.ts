import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Environment, furtherDetectors, readPluginOptions } from "./plugin-options.ts";

const roots = `AAAAAAAAAAAAAAAAAAAAAA~${"A".repeat(43)}~${"E".repeat(43)}`;
const production = `cs1~gallery.example.com~${roots}`;
const development = `csd1~localhost:8400~${roots}`;
const digest = "3f5a8c1e9b7d2046aa10c5e4f89b7d62130e5fc4a9b8d7e6f5031c2b4a596877";

const read = (given: unknown, environment: Environment = {}) => readPluginOptions(given, environment);

describe("readPluginOptions", () => {
  it("takes the string beside the plugin, else the environment's, and says whether it is a development project's", () => {
    const environment = { EXPO_PUBLIC_COUNTERSIGN: development };
    expect(read(undefined).configuration).toBeNull();
    expect(read({}, environment).configuration).toEqual({ text: development, isDevelopment: true });
    expect(read({ configuration: production }, environment).configuration).toEqual({
      text: production,
      isDevelopment: false,
    });
  });

  it.each([
    ["the option", { release: true }, {}],
    ["a bundle for release", undefined, { NODE_ENV: "production" }],
    ["the option's no beside such a bundle", { release: false }, { NODE_ENV: "production" }],
    ["EAS Build's profile", undefined, { EAS_BUILD_PROFILE: "production" }],
  ])("takes a build for one that is shipped by %s", (_, given, environment) => {
    expect(read(given, environment).isRelease).toBe(true);
  });

  it("takes no other build for one that is shipped", () => {
    expect(read({}, { NODE_ENV: "development", EAS_BUILD_PROFILE: "preview" }).isRelease).toBe(false);
  });

  it("gives digests of certificates as the native half compares them, however they are written", () => {
    const colons = (digest.toUpperCase().match(/../g) ?? []).join(":");
    const { signers, installers } = read({
      android: { signers: [colons, digest], installers: ["com.android.vending"] },
    });
    expect(signers).toEqual([digest, digest]);
    expect(installers).toEqual(["com.android.vending"]);
  });

  it.each([
    [{ configuraton: production }, 'knows no "configuraton"'],
    [{ android: { signer: [digest] } }, 'knows no "signer"'],
    [[], "must be an object"],
    [{ configuration: 7 }, "is no configuration string"],
    [{ configuration: `${production}~` }, "is no configuration string"],
    [{ configuration: production.slice(0, -1) }, "is no configuration string"],
    [{ release: "yes" }, "`release` must be true or false"],
    [{ android: { signers: digest } }, "must be a list"],
    [{ android: { signers: [digest.slice(2)] } }, "`android.signers` holds"],
    [{ android: { installers: ["a,b"] } }, "`android.installers` holds"],
    [{ detectors: ["root"] }, "`detectors` holds"],
    [{ ios: { team: "A1B2C3D4E5" } }, 'knows no "team"'],
    [{ ios: { appId: "com.example.gallery" } }, "`ios.appId` must be"],
    [{ ios: { appId: "A1B2C3D4E5.com.example.*" } }, "`ios.appId` must be"],
  ])("refuses %j", (given, words) => {
    expect(() => read(given)).toThrow(TypeError);
    expect(() => read(given)).toThrow(words);
  });

  it("knows the further detectors that Android has, and no other", () => {
    const folder = new URL("../../android/agent/src/main/kotlin/dev/countersign/agent/signals/", import.meta.url);
    const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
    const names = readdirSync(folder).flatMap((file) => /override val name = "(\w+)"/.exec(read(file))?.[1] ?? []);
    const standard = ["root", "hook", "debugger", "emulator", "repackaged"];
    expect(furtherDetectors).toEqual(names.filter((name) => !standard.includes(name)).toSorted());
    expect(read("StandardDetectors.kt")).toContain('"dev.countersign.DETECTORS"');
  });
});
