import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const folder = join(root, "examples/phones");
const files = readdirSync(folder).filter((name) => name.endsWith(".yml"));
const app = JSON.parse(readFileSync(join(root, "examples/astropiks/app/app.json"), "utf8")) as {
  readonly expo: {
    readonly name: string;
    readonly ios: { readonly bundleIdentifier: string };
    readonly android: { readonly package: string };
  };
};

describe.each(files)("the job for phones %s", (name) => {
  const text = readFileSync(join(folder, name), "utf8");

  it("says that it has not run", () => {
    expect(text.split("\n")[0]).toMatch(/Not yet run\.$/);
  });

  it("names only files and folders that there are, or that its own steps make", () => {
    const made = /\/app\/(?:android|ios)\b/;
    const paths = [...text.matchAll(/\b(?:examples|packages|scripts)\/[\w./-]+/g)].map(([path]) => path);
    expect(paths.length).toBeGreaterThan(3);
    expect(paths.filter((path) => !made.test(path) && !existsSync(join(root, path)))).toEqual([]);
  });

  it("starts the app that it builds", () => {
    const { name: scheme, ios, android } = app.expo;
    const own = name === "ios.yml" ? [ios.bundleIdentifier, `-scheme ${scheme}`] : [`${android.package}/.MainActivity`];
    for (const each of own) expect(text).toContain(each);
    expect(text).toContain('EXPO_PUBLIC_PHONE_CHECK: "1"');
    expect(text).toContain("node --conditions=@countersign/source scripts/phones/read-report.ts");
  });
});

it("the app that phones are checked with reads what the jobs set, and says what their program reads", () => {
  const read = (file: string): string => readFileSync(join(root, "examples/astropiks/app/src", file), "utf8");
  expect(read("settings.ts")).toContain("process.env.EXPO_PUBLIC_PHONE_CHECK");
  expect(read("PhoneCheck.tsx")).toMatch(/console\.log\(`native-check /);
});

it("the plan for phones says that none of it has run, and numbers its rows without a gap", () => {
  const text = readFileSync(join(root, "docs/guides/device-tests.md"), "utf8");
  expect(text).toContain("**None of this has run yet**");
  const rows = [...text.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
  expect(rows).toEqual(rows.map((_, index) => index + 1));
  expect(rows.length).toBeGreaterThan(30);
});
