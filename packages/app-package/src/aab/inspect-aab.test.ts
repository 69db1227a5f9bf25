import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256, toHex } from "@countersign/asn1";
import { describe, expect, test } from "vitest";
import { requireAll, vectorsFolder } from "../../../../testing/vectors.ts";
import { type Entries, ecSigner, signedJar, writeZip } from "../jar/write-jar.suite.ts";
import { createBytesSource } from "../source/byte-source.ts";
import { inspectAab } from "./inspect-aab.ts";
import { field, moduleManifest } from "./proto-writer.suite.ts";

const config = ["BundleConfig.pb", field(1, field(2, "1.0.0"))] as const;
const module = (name: string, manifest: Uint8Array) => [`${name}/manifest/AndroidManifest.xml`, manifest] as const;
const base = module("base", moduleManifest());
const feature = module("feature", moduleManifest({ split: "feature", targetSdk: null }));

const inspect = (...entries: Entries) => inspectAab(createBytesSource(signedJar(ecSigner, {}, entries)));
const codes = async (...entries: Entries) => (await inspect(...entries)).errors.map(({ code }) => code);

test("reports a good bundle, its upload key, and the question for the key that Play signs with", async () => {
  const report = await inspect(config, base, feature, ["base/dex/classes.dex", "code"], ["BUNDLE-METADATA/x/y", "z"]);
  expect(report).toEqual({
    format: "aab",
    id: "com.example.app",
    versionCode: 7,
    versionName: "1.2",
    debuggable: false,
    verified: true,
    schemes: { jar: true },
    signers: [{ certSha256: toHex(sha256(ecSigner.certificate)) }],
    lineage: [],
    teamId: null,
    appId: null,
    entitlements: null,
    errors: [],
    ambiguities: [],
    warnings: [{ code: "play_signing_unknown", detail: expect.stringContaining("upload key") }],
    minSdk: 24,
    targetSdk: 34,
  });
});

describe("refuses a bundle", () => {
  test.each([
    ["without BundleConfig.pb", [base], ["aab_config_missing"]],
    ["whose BundleConfig.pb is elsewhere", [base, ["base/BundleConfig.pb", "x"]], ["aab_config_missing"]],
    ["without a module base", [config, feature], ["aab_base_missing"]],
    [
      "with a module that has no manifest",
      [config, base, ["feature/dex/classes.dex", "x"]],
      ["aab_module_manifest_missing"],
    ],
    ["whose base module has no manifest", [config, ["base/dex/classes.dex", "x"]], ["aab_module_manifest_missing"]],
    [
      "with a manifest that is binary XML",
      [config, module("base", Uint8Array.of(3, 0, 8, 0, 8, 0, 0, 0))],
      ["aab_manifest_malformed"],
    ],
    [
      "with a feature's manifest that is nothing",
      [config, base, module("feature", new Uint8Array())],
      ["aab_manifest_malformed"],
    ],
  ] as const)("%s", async (_, entries, expected) => {
    const report = await inspect(...(entries as Entries));
    expect([report.verified, report.errors.map(({ code }) => code)]).toEqual([false, expected]);
  });

  test("that is no archive", async () => {
    const report = await inspectAab(createBytesSource(new Uint8Array(100)));
    expect(report).toMatchObject({ format: "aab", verified: false, id: null, errors: [{ code: "zip_malformed" }] });
    expect(report.warnings.map(({ code }) => code)).toEqual(["play_signing_unknown"]);
  });

  test("that is not signed, and says what it says of itself", async () => {
    const report = await inspectAab(createBytesSource(writeZip([config, base])));
    expect(report).toMatchObject({ id: "com.example.app", verified: false, schemes: { jar: false }, signers: [] });
    expect(report.errors.map(({ code }) => code)).toEqual(["jar_manifest_missing"]);
  });

  test("with one byte of a module changed after it was signed", async () => {
    const bytes = signedJar(ecSigner, {}, [config, base, ["base/dex/classes.dex", "untouched"]]);
    const changed = Buffer.from(bytes);
    changed.write("tampered!", changed.indexOf("untouched"));
    expect((await inspectAab(createBytesSource(changed))).verified).toBe(false);
  });
});

describe("modules that say otherwise than the base module", () => {
  test.each([
    ["another package", { package: "com.example.evil" }, "package"],
    ["another version code", { versionCode: 8 }, "versionCode"],
    ["a lower API level", { minSdk: 23 }, "minSdkVersion"],
    ["another target", { targetSdk: 33 }, "targetSdkVersion"],
    ["debuggable", { debuggable: true }, "debuggable"],
    ["another split", { split: "other" }, "split"],
    ["no split", { split: "" }, "split"],
  ])("%s", async (_, made, what) => {
    const report = await inspect(config, base, module("feature", moduleManifest({ split: "feature", ...made })));
    expect(report.errors).toEqual([
      { code: "aab_modules_disagree", detail: expect.stringContaining(`"feature": ${what})`) },
    ]);
    expect(report.verified).toBe(false);
  });

  test.each([
    ["a later API level", { minSdk: 30 }],
    ["nothing but its package and split", { versionCode: null, minSdk: null, targetSdk: null }],
    ["that it is not debuggable", { debuggable: false }],
  ])("may say %s", async (_, made) => {
    expect(await codes(config, base, module("feature", moduleManifest({ split: "feature", ...made })))).toEqual([]);
  });

  test("fifty problems are told of a thousand modules that say otherwise, and after them none is read", async () => {
    const modules = Array.from({ length: 1000 }, (_, index) => module(`m${index}`, new Uint8Array()));
    const report = await inspect(config, base, ...modules);
    expect(report.errors).toHaveLength(50);
    expect(report.id).toBe("com.example.app");
  });

  test("the base module is no split", async () => {
    expect(await codes(config, module("base", moduleManifest({ split: "base" })))).toEqual(["aab_modules_disagree"]);
  });

  test("a name that is not fit to print is escaped", async () => {
    const { errors } = await inspect(config, base, ["evil\u001b[2J/x", "y"]);
    expect(errors[0]?.detail).not.toContain("\u001b");
  });
});

const vectors = vectorsFolder();

describe.skipIf(vectors === null && !requireAll)("agrees with aapt2 and jarsigner", () => {
  interface ModuleOracle {
    readonly package: string;
    readonly versionCode: string;
    readonly versionName: string;
    readonly minSdk: string;
    readonly targetSdk: string | null;
    readonly debuggable: string | null;
  }
  interface BundleOracle {
    readonly modules: Readonly<Record<string, ModuleOracle>>;
    readonly jarsigner: string;
  }

  test("on every bundle of bundletool's", async () => {
    const folder = join(vectors ?? "", "apps");
    const oracle: Record<string, BundleOracle> = JSON.parse(
      readFileSync(join(folder, "expected-aab-oracle.json"), "utf8"),
    );
    for (const [name, { modules, jarsigner }] of Object.entries(oracle)) {
      const report = await inspectAab(createBytesSource(readFileSync(join(folder, name))));
      const expected = modules.base;
      expect([name, report.id, report.versionCode, report.versionName, report.minSdk, report.targetSdk]).toEqual([
        name,
        expected?.package,
        Number(expected?.versionCode),
        expected?.versionName,
        Number(expected?.minSdk),
        Number(expected?.targetSdk ?? expected?.minSdk),
      ]);
      expect(report.debuggable).toBe(expected?.debuggable === "true");
      // Both are refused by jarsigner: one was changed after it was signed, the other's algorithm is held for weak.
      expect(jarsigner).toMatch(/digest error|weak algorithm/u);
      expect([name, report.verified]).toEqual([name, false]);
      expect(report.errors.map(({ code }) => code).filter((code) => !code.startsWith("jar_"))).toEqual([]);
    }
    expect(Object.keys(oracle).length).toBeGreaterThanOrEqual(2);
  });
});
