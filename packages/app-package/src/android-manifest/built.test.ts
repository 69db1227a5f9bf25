import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireAll } from "../../../../testing/vectors.ts";
import { type ModuleManifest, readModuleManifest } from "../aab/module-manifest.ts";
import { createBytesSource } from "../source/byte-source.ts";
import { openZip } from "../zip/open-zip.ts";
import { type AndroidManifest, readAndroidManifest } from "./read-android-manifest.ts";

const framework = "/usr/share/android-framework-res/framework-res.apk";
const hasTools = ["/usr/bin/aapt", "/usr/bin/aapt2", framework].every((path) => existsSync(path));

const source = (attributes: string, children: string) =>
  `<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="com.example.app" ${attributes}>${children}</manifest>`;

const plain = source(
  `android:versionCode="7" android:versionName="1.2 – ü 😀"`,
  `<uses-sdk android:minSdkVersion="21" android:targetSdkVersion="29"/><application android:debuggable="true"/>`,
);

describe.skipIf(!hasTools && !requireAll)("what aapt and aapt2 build (needs both)", { timeout: 60_000 }, () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "countersign-aapt-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The manifest that a tool makes of a text. */
  async function built(text: string, tool: "aapt" | "aapt2" | "aapt2 --proto-format"): Promise<Uint8Array> {
    const [manifest, apk] = [join(folder, "AndroidManifest.xml"), join(folder, "out.apk")];
    writeFileSync(manifest, text);
    const [program = "", ...format] = tool.split(" ");
    const command =
      program === "aapt"
        ? ["package", "-f", "-M", manifest, "-I", framework, "-F", apk]
        : ["link", "-o", apk, "-I", framework, "--manifest", manifest, ...format];
    execFileSync(program, command, { stdio: "ignore" });
    const zip = await openZip(createBytesSource(readFileSync(apk)));
    const entry = zip.ok ? zip.value.find("AndroidManifest.xml") : undefined;
    const bytes = zip.ok && entry !== undefined ? await zip.value.read(entry, 1 << 20) : null;
    if (bytes?.ok !== true) throw new Error(`${tool} made no manifest`);
    return Uint8Array.from(bytes.value);
  }

  async function binary(text: string, tool: "aapt" | "aapt2"): Promise<Partial<AndroidManifest> | string> {
    const read = readAndroidManifest(await built(text, tool));
    return read.ok ? read.value : read.problem.code;
  }

  async function proto(text: string): Promise<Partial<ModuleManifest> | string> {
    const read = readModuleManifest(await built(text, "aapt2 --proto-format"));
    return read.ok ? read.value : read.code;
  }

  const expected = {
    package: "com.example.app",
    versionCode: 7,
    versionName: "1.2 – ü 😀",
    minSdk: 21,
    targetSdk: 29,
    debuggable: true,
  };

  test("is read back, binary and protobuf", async () => {
    expect(await binary(plain, "aapt")).toMatchObject(expected);
    expect(await binary(plain, "aapt2")).toMatchObject(expected);
    expect(await proto(plain)).toMatchObject(expected);
  });

  test.each([
    [
      "a major half of the version code",
      source(`android:versionCode="25" android:versionCodeMajor="1"`, ""),
      { versionCode: 4_294_967_321 },
    ],
    ["a codename", source("", `<uses-sdk android:minSdkVersion="R"/>`), { minSdk: 28 }],
    ["a number as version name", source(`android:versionName="3"`, ""), { versionName: "3" }],
    ["a split", source(`split="feature"`, ""), { split: "feature" }],
    ["debuggable as false", source("", `<application android:debuggable="false"/>`), { debuggable: false }],
  ])("with %s", async (_, text, values) => {
    expect(await binary(text, "aapt2")).toMatchObject(values);
    expect(await proto(text)).toMatchObject(values);
  });

  test("is refused where debuggable refers to a resource", async () => {
    const text = source("", `<application android:debuggable="@*android:bool/config_sendPackageName"/>`);
    const made = await binary(text, "aapt2");
    expect(made).toMatchObject({ debuggable: null, problems: [{ code: "manifest_value_reference" }] });
    expect(await proto(text)).toBe("manifest_value_reference");
  });

  test("is what Debian's own framework package holds", async () => {
    const zip = await openZip(createBytesSource(readFileSync(framework)));
    const entry = zip.ok ? zip.value.find("AndroidManifest.xml") : undefined;
    const bytes = zip.ok && entry !== undefined ? await zip.value.read(entry, 1 << 20) : null;
    const read = readAndroidManifest(bytes?.ok === true ? bytes.value : new Uint8Array());
    expect(read).toMatchObject({ value: { package: "android", problems: [] } });
  });
});
