import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hasApksigner, publishedApks } from "../testing/android-tools.ts";
import { commandLineOf } from "../testing/command-line.ts";
import { requireAll } from "../testing/vectors.ts";

const apks = publishedApks === null ? [] : globSync("**/*.apk", { cwd: publishedApks }).toSorted();
const hasApkverifier = existsSync("/usr/bin/apkverifier");

function run(program: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return stdout + stderr;
}

async function inspect(file: string): Promise<Record<string, unknown>> {
  const { out } = await commandLineOf("http://127.0.0.1:1", "")(["app", "inspect", file, "--json"]);
  return JSON.parse(out) as Record<string, unknown>;
}

it.skipIf(apks.length === 0 && !requireAll)("there are the APKs of all four packages", () => {
  expect(apks.length).toBeGreaterThanOrEqual(10);
  for (const name of ["android-apidemos", "appium-uiautomator2-server", "io.appium.settings", "sample-apps"]) {
    expect(apks.some((file) => file.startsWith(`${name}/`))).toBe(true);
  }
});

describe.skipIf(apks.length === 0 && !requireAll)("an APK that others have published", () => {
  const root = publishedApks ?? "";

  it.skipIf(!hasApksigner && !requireAll).each(apks)("is signed by whom apksigner prints: %s", async (file) => {
    const report = await inspect(join(root, file));
    const printed = run("apksigner", "verify", "--print-certs", "-v", join(root, file));
    const digests = [...printed.matchAll(/^Signer #\d+ certificate SHA-256 digest: ([0-9a-f]{64})$/gm)];
    expect(printed).toContain("Verifies");
    expect([report.format, report.verified]).toEqual(["apk", true]);
    expect(report.signers).toEqual(digests.map(([, certSha256]) => expect.objectContaining({ certSha256 })));
  });

  it.skipIf(!hasApkverifier && !requireAll).each(apks)("is signed by whom apkverifier finds: %s", async (file) => {
    const report = await inspect(join(root, file));
    const found = run("apkverifier", join(root, file));
    // It prints SHA-1, which apksigner prints beside SHA-256 too.
    const sha1 = /^Cert ([0-9a-f]{40}),/m.exec(found)?.[1];
    const printed = run("apksigner", "verify", "--print-certs", join(root, file));
    expect(printed).toContain(`certificate SHA-1 digest: ${sha1}`);
    const scheme = /^Verification scheme used: (v\d)$/m.exec(found)?.[1] ?? "";
    expect(report.schemes).toMatchObject({ [scheme]: true });
  });
});
