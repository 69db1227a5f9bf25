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
  "packages/app-package",
  "packages/asn1",
  "packages/attestation",
  "packages/policy",
  "packages/tokens",
  "packages/verify",
  "packages/client",
  "packages/capacitor",
  "packages/react-native",
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

/** Every public entry as an import specifier; a manifest that bundlers look for is none. */
const specifiers = publishable.flatMap((folder) => {
  const { name, exports } = manifestOf(folder);
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
  return entries.map((entry) => name + entry.slice(1));
});

/** Entries for apps that have React, an optional peer; all others must do without. */
const withReact = ["@countersign/client/approov", "@countersign/client/react"];
const withoutReact = specifiers.filter((name) => !withReact.includes(name));

const esbuild = join(root, "node_modules/.bin/esbuild");

/** A worker as a backend writes one, and a call with a token of its own making, one without. */
const worker = `
import { createVerifier, secretKeys } from "@countersign/verify";
import { protect } from "@countersign/verify/fetch";
import * as hono from "@countersign/verify/hono";
import * as firebase from "@countersign/verify/firebase-app-check";
import * as jwe from "@countersign/verify/jwe";
const secret = new Uint8Array(32).fill(7);
const verifier = createVerifier({ issuer: null, audience: "photos", keys: secretKeys([{ secret }]), profile: "approov" });
const b64u = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const text = (value) => b64u(new TextEncoder().encode(JSON.stringify(value)));
const seconds = Math.floor(Date.now() / 1000);
const signed = text({ alg: "HS256", typ: "JWT" }) + "." + text({ aud: "photos", iat: seconds, exp: seconds + 60 });
const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(signed)));
const handler = protect(verifier, (request, { token }) => new Response(token.claims.aud));
const given = await handler(new Request("https://api.example/", { headers: { "Approov-Token": signed + "." + b64u(mac) } }));
const bare = await handler(new Request("https://api.example/"));
console.log(given.status, bare.status, await given.text());
globalThis.held = [hono, firebase, jwe];
`;

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

  it("what a worker needs of the verifier is bundled without anything of Node's, and verifies", () => {
    writeFileSync(join(app, "worker.js"), worker);
    const bundle = join(app, "worker.bundle.js");
    const options = ["--bundle", "--format=esm", "--platform=neutral", `--outfile=${bundle}`, "--log-level=warning"];
    const made = spawnSync(esbuild, ["worker.js", ...options], { cwd: app, encoding: "utf8" });
    expect(made.stderr).toBe("");
    expect(readFileSync(bundle, "utf8")).not.toMatch(/\bnode:|\brequire\(/);
    const run = spawnSync(process.execPath, [bundle], { cwd: folder, encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout).toBe("200 401 photos\n");
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

  it("the agent of React Native carries what native builds and Expo look for, and no test of it", () => {
    const installed = join(app, "node_modules/@countersign/react-native");
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
    expect(files).toEqual(
      expect.arrayContaining([
        "Countersign.podspec",
        "Package.swift",
        "android/agent/src/main/AndroidManifest.xml",
        "android/build.gradle",
        "app.plugin.js",
        "core/countersign-core.js",
        "expo-module.config.json",
        "ios/PrivacyInfo.xcprivacy",
        "spec/NativeCountersign.ts",
      ]),
    );
    expect(files.filter((name) => /src\/test|ios\/Tests|node_modules/.test(name))).toEqual([]);
  });
});
