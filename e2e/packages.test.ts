import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasNodeReleases, installNode, nodeBinary, npm } from "../testing/node-release.ts";
import { requireAll } from "../testing/vectors.ts";

const root = join(import.meta.dirname, "..");
const publishable = [
  "packages/protocol",
  "packages/attestation",
  "packages/policy",
  "packages/tokens",
  "packages/client",
  "packages/broker",
  "packages/virtual-device",
  "apps/server",
  "apps/cli",
];

interface PackageManifest {
  readonly name: string;
  readonly exports: Record<string, unknown>;
  readonly devDependencies?: Record<string, string>;
}

const manifestOf = (folder: string): PackageManifest =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));

/** Every public entry as an import specifier. */
const specifiers = publishable.flatMap((folder) => {
  const { name, exports } = manifestOf(folder);
  return Object.keys(exports).map((entry) => name + entry.slice(1));
});

/** Entries for apps that have React, an optional peer; all others must do without. */
const withReact = ["@countersign/client/approov", "@countersign/client/react"];
const withoutReact = specifiers.filter((name) => !withReact.includes(name));

const folder = mkdtempSync(join(tmpdir(), "countersign-packages-"));
const app = join(folder, "app");
const nodeOf = (version: string): string => nodeBinary(folder, version);

describe.skipIf(!hasNodeReleases && !requireAll)("published packages, installed in an empty folder", () => {
  beforeAll(() => {
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b"], { cwd: root });
    execFileSync("mkdir", ["-p", app]);
    writeFileSync(join(app, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
    npm(root, "pack", "--pack-destination", folder, ...publishable.map((path) => `./${path}`));
    const tarballs = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    expect(tarballs).toHaveLength(publishable.length);
    npm(app, "install", ...tarballs.map((name) => join(folder, name)));
    installNode(folder, "24.21.0");
    installNode(folder, "20.20.2");
  }, 600_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const importAll = (names: readonly string[], node: string): void => {
    const lines = names.map((name) => `await import(${JSON.stringify(name)})`).join(";");
    const run = spawnSync(node, ["--input-type=module", "-e", `${lines};console.log("all")`], {
      cwd: app,
      encoding: "utf8",
    });
    expect(run.stderr).toBe("");
    expect(run.stdout).toBe("all\n");
  };

  it.each([
    ["26", process.execPath],
    ["24", nodeOf("24.21.0")],
  ])("every entry imports on Node %s, those for React beside it", (_, node) => {
    expect(existsSync(join(app, "node_modules/react"))).toBe(false);
    importAll(withoutReact, node);
    const { devDependencies } = manifestOf("packages/client");
    npm(app, "install", `react@${devDependencies?.react}`);
    importAll(specifiers, node);
    npm(app, "uninstall", "react");
  });

  it.each([
    ["26", process.execPath],
    ["24", nodeOf("24.21.0")],
  ])("the installed CLI runs on Node %s", (_, node) => {
    const cli = join(app, "node_modules/@countersign/cli/bin/countersign.js");
    const run = spawnSync(node, [cli, "--version"], { cwd: app, encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout.trim()).toBe("0.1.0");
    expect(run.status).toBe(0);
  });

  it("the installed CLI prints one line on Node 20", () => {
    const cli = join(app, "node_modules/@countersign/cli/bin/countersign.js");
    const run = spawnSync(nodeOf("20.20.2"), [cli, "--version"], { cwd: app, encoding: "utf8" });
    expect((run.stdout + run.stderr).trim().split("\n")).toHaveLength(1);
    expect(run.stdout + run.stderr).toMatch(/Node 24/);
    expect(run.status).toBe(2);
  });

  it("no package carries sources, tests or types' build information", () => {
    for (const path of publishable) {
      const installed = join(app, "node_modules", manifestOf(path).name);
      expect(existsSync(join(installed, "src"))).toBe(false);
      const files = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
      expect(files.filter((name) => /\.test\.|\.suite\.|tsbuildinfo/.test(name))).toEqual([]);
    }
  });
});
