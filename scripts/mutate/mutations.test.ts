import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultRules } from "@countersign/policy";
import { describe, expect, it } from "vitest";
import { codesWithout } from "./covered-codes.ts";
import { mutateOne } from "./mutate-one.ts";
import { applyMutation, type Mutation, StaleMutationError } from "./mutation.ts";
import { mutations } from "./mutations/index.ts";
import { createWorkingCopy } from "./working-copy.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe("the mutations", () => {
  it("take away the check of every closed code that anything gives", () => {
    const listed = execFileSync("git", ["ls-files", "packages/*.ts", "apps/*.ts"], { cwd: root, encoding: "utf8" });
    const sources = listed
      .split("\n")
      .filter(
        (name) => /\/src\//.test(name) && !/\.(test|suite)\.ts$|protocol\/src\/(reasons|problems)\.ts$/.test(name),
      )
      .filter((name) => existsSync(join(root, name)))
      .map(read);
    const given = codesWithout(mutations).filter(({ code }) => sources.some((text) => text.includes(`"${code}"`)));
    expect(given).toEqual([]);
  });

  it("take away every documented rule of the verifiers and of the default policy", () => {
    const removed = mutations.filter(({ table }) => table === "reason").map((mutation) => mutation.removed);
    const documented = [...read("docs/evidence.md").matchAll(/^\| \d+ \| `(\w+)` \| `\w+` \|/gm)];
    const names = [...documented.map(([, name]) => name), ...defaultRules.map(({ name }) => name)];
    const codes = new Set(mutations.map(({ code }) => code));
    const isRemoved = (name = ""): boolean =>
      codes.has(name) || removed.some((text) => new RegExp(`\\brule ${name}\\b`).test(text));
    expect(documented.length).toBeGreaterThan(40);
    expect(names.filter((name) => !isRemoved(name))).toEqual([]);
  });

  it("fit the code: each finds its text exactly once", () => {
    expect(mutations.map((mutation) => applyMutation(read(mutation.file), mutation).length > 0)).not.toContain(false);
  });

  it("have names of their own, and tests that exist", () => {
    const names = mutations.map(({ name, table }) => `${table} ${name}`);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(mutations.flatMap(({ tests }) => tests).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("stand in docs/mutations.md, each with the test that misses it, and nothing else does", () => {
    const rows = [...read("docs/mutations.md").matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
    expect(rows.toSorted()).toEqual(mutations.map(({ name }) => name).toSorted());
  });

  it("are caught by what code does, none by a compiler's refusal", () => {
    const caught = [...read("docs/mutations.md").matchAll(/^\| `[^`]+` \| .* \| ([^|]+) \|$/gm)].map(
      ([, test]) => test,
    );
    expect(caught.length).toBeGreaterThan(500);
    expect(caught.filter((test) => /\bcompiles (?:against|over|all|without)\b/.test(test ?? ""))).toEqual([]);
  });
});

const harmless: Mutation = {
  table: "reason",
  code: "app_unknown",
  name: "app_unknown/harmless",
  removed: "nothing",
  file: "packages/policy/src/rules/standing.ts",
  find: "/** Who asks:",
  replace: "/** $& Who asks:",
  tests: ["packages/policy/src/rules/apple.reasons.test.ts"],
};

describe("a mutation", () => {
  it("whose text occurs never or twice is an error that says so", () => {
    expect(() => applyMutation("a", { ...harmless, find: "b" })).toThrow(StaleMutationError);
    expect(() => applyMutation("aa", { ...harmless, find: "a" })).toThrow(/occurs 2 times/);
    expect(applyMutation("ab", { ...harmless, find: "a", replace: "$&" })).toBe("$&b");
  });

  it("is tried in the copy alone: caught by a test's name, uncaught where none fails, broken where none can be run", async () => {
    const copy = createWorkingCopy(root);
    try {
      const rule = "packages/policy/src/rules/apple.ts";
      const proven = { ...harmless, file: rule, find: `result: "not_evaluated"`, replace: `result: "pass"` };
      expect(await mutateOne(copy.root, proven)).toEqual({
        kind: "caught",
        by: { file: harmless.tests[0], name: "never says that an iPhone's instance key is proven to be in hardware" },
      });
      expect(await mutateOne(copy.root, harmless)).toEqual({ kind: "uncaught", passed: 1 });
      const broken = { ...harmless, file: rule, find: "export const appleRules", replace: "export const otherRules" };
      expect(await mutateOne(copy.root, { ...broken, replace: "export const const appleRules" })).toEqual({
        kind: "broken",
        files: harmless.tests,
      });
      expect(readFileSync(join(copy.root, rule), "utf8")).toBe(read(rule));
    } finally {
      copy.remove();
    }
    expect(existsSync(copy.root)).toBe(false);
  });
});
