import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandName, jsonShapes } from "../apps/cli/src/json-shapes.ts";
import { EarAnswer, InstanceAnswer, TraceAnswer } from "../apps/server/src/http/admin/schemas/instance-schemas.ts";
import { findLeaks } from "../testing/leak-detector.ts";
import { madeBuild } from "../testing/made-apk.ts";
import { createTlsAuthority } from "../testing/tls-authority.ts";

const launcher = join(import.meta.dirname, "../apps/cli/bin/countersign.js");
const folder = mkdtempSync(join(tmpdir(), "countersign-cli-"));
const data = join(folder, "data");
const home = join(folder, "home");
const children = new Set<ChildProcess>();
/** Everything that any run printed, and every command line that other users could see. */
const seen: string[] = [];

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Given {
  readonly input?: string;
  readonly env?: Record<string, string>;
}

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: home, ...env },
    stdio: "pipe",
  });
  children.add(child);
  child.on("exit", () => children.delete(child));
  child.stdout?.on("data", (chunk) => seen.push(String(chunk)));
  child.stderr?.on("data", (chunk) => seen.push(String(chunk)));
  return child;
}

async function run(args: readonly string[], { input = "", env = {} }: Given = {}): Promise<Run> {
  const child = start(args, env);
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk) => {
    out += chunk;
    seen.push(commandLineOf(child));
  });
  child.stderr?.on("data", (chunk) => {
    err += chunk;
  });
  const code = new Promise<number | null>((resolve) => child.on("close", resolve));
  seen.push(commandLineOf(child));
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  return { code: await code, out, err };
}

function commandLineOf(child: ChildProcess): string {
  const file = `/proc/${child.pid}/cmdline`;
  try {
    return existsSync(file) ? readFileSync(file, "latin1") : child.spawnargs.join("\0");
  } catch {
    return "";
  }
}

/** Commands whose `--json` shape was held against the documented one. */
const shapesSeen = new Set<string>();

function commandOf(args: readonly string[]): CommandName {
  const names = [args[0] ?? "", `${args[0]} ${args[1]}`];
  const name = (Object.keys(jsonShapes) as CommandName[]).find((command) => names.includes(command));
  if (name === undefined) throw new TypeError(`no shape of ${args.join(" ")}`);
  return name;
}

/** Runs with `--json` and expects it done; gives the one object it printed. */
async function done<T = Record<string, unknown>>(args: readonly string[], given?: Given): Promise<T> {
  const end = args.indexOf("--");
  const { code, out, err } = await run(args.toSpliced(end < 0 ? args.length : end, 0, "--json"), given);
  expect([args, code, err]).toEqual([args, 0, ""]);
  expect(out.trimEnd().split("\n")).toHaveLength(1);
  const answer = JSON.parse(out);
  const command = commandOf(args);
  expect([command, Object.keys(answer)]).toEqual([command, jsonShapes[command]]);
  shapesSeen.add(command);
  return answer;
}

/** Runs and expects exactly one line on standard error, nothing on standard output, no stack; gives the line. */
async function refused(code: 1 | 2, args: readonly string[], given?: Given): Promise<string> {
  const result = await run(args, given);
  expect([args, result.out, result.err, result.code]).toEqual([
    args,
    "",
    expect.stringMatching(/^countersign: [^\n]+\n$/),
    code,
  ]);
  expect(result.err).not.toMatch(/\bat .*:\d+:\d+|node:|\.ts:|Error:/);
  return result.err;
}

interface Serving {
  readonly origin: string;
  readonly port: number;
  readonly bootstrapTokenFile: string | null;
  readonly child: ChildProcess;
  stop(): Promise<number | null>;
}

async function serve(folderOfData: string): Promise<Serving> {
  const child = start(["serve", "--data", folderOfData, "--port", "0", "--no-status-list-fetch", "--json"]);
  const code = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const ready = await new Promise<string>((resolve, reject) => {
    let [out, err] = ["", ""];
    child.stdout?.on("data", (chunk) => {
      out += chunk;
      if (out.includes("\n")) resolve(out);
    });
    child.stderr?.on("data", (chunk) => {
      err += chunk;
    });
    child.on("exit", () => reject(new Error(`serve ended: ${err}`)));
  });
  const stop = (): Promise<number | null> => {
    child.kill("SIGTERM");
    return code;
  };
  expect(Object.keys(JSON.parse(ready))).toEqual([...jsonShapes.serve]);
  return { ...JSON.parse(ready), child, stop };
}

let service: Serving;
const value = `nasa-${randomBytes(18).toString("hex")}`;
const values = [value, `${value}-rotated`, `${value}-brokered`];
const passphrase = `pass ${randomBytes(18).toString("hex")}`;
let bootstrap = "";
let token = "";

beforeAll(async () => {
  mkdirSync(home);
  service = await serve(data);
});

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

describe("countersign, from the first start on", () => {
  it("serves, and leaves the bootstrap token in a file that its owner alone can read", () => {
    const file = service.bootstrapTokenFile ?? "";
    bootstrap = readFileSync(file, "utf8").trim();
    expect(bootstrap).toMatch(/^csb_[A-Za-z0-9_-]{43}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("logs in with the bootstrap token and keeps the administrator token where only its owner can read it", async () => {
    const answer = await done<{ url: string; file: string; administrator: { name: string } }>(
      ["login", "--url", service.origin, "--name", "Ada"],
      { input: `${bootstrap}\n` },
    );
    expect([answer.url, answer.administrator.name]).toEqual([service.origin, "Ada"]);
    expect(statSync(answer.file).mode & 0o777).toBe(0o600);
    expect(answer.file).toBe(join(home, ".config/countersign/credentials.json"));
    token = JSON.parse(readFileSync(answer.file, "utf8")).token;
  });

  it("does not take the bootstrap token a second time", async () => {
    expect(await refused(2, ["login", "--url", service.origin], { input: bootstrap })).toContain("admin bootstrap");
    await done(["status"]);
  });

  it("makes a project, an app, an API with channel and token, and a secret with its place", async () => {
    const project = await done(["project", "create", "astro", "--kind", "development"]);
    expect(project.configuration).toMatch(/^csd1~127\.0\.0\.1:\d+~/);
    await done([
      "app",
      "add",
      "gallery",
      "--ios",
      "ABCDE12345.org.example.astro",
      "--android",
      "org.example.astro",
      "--signing-digest",
      "AB".repeat(32),
    ]);
    const pin = (): string => randomBytes(32).toString("base64");
    const api = await done([
      "api",
      "add",
      "nasa",
      "--host",
      "api.nasa.gov",
      "--pin",
      pin(),
      "--pin",
      pin(),
      "--token-header",
      "Authorization",
      "--token-prefix",
      "Bearer ",
    ]);
    expect([api.channel, api.port]).toEqual(["pins", 443]);
    const place = "api=nasa,in=query,name=api_key,path=/planetary/apod";
    const secret = await done(["secret", "set", "nasa-key", "--place", place, "--app", "gallery"], {
      input: `${value}\n`,
    });
    expect(secret).toMatchObject({ name: "nasa-key", version: 1, mode: "delivered", apps: ["gallery"] });
    expect(secret.placeholder).toMatch(/^cs-nasa-key-/);
  });

  it("rotates the secret, and sets it again with the places it has", async () => {
    expect(await done(["secret", "rotate", "nasa-key"], { input: values[1] })).toMatchObject({
      version: 2,
      mode: "delivered",
    });
    expect(await done(["secret", "set", "nasa-key"], { input: values[0] })).toMatchObject({
      version: 3,
      apps: ["gallery"],
    });
  });

  it("brokers it only with a new value, or when the exposed one is kept on purpose", async () => {
    expect(await refused(2, ["secret", "set-mode", "nasa-key", "brokered"])).toContain("missing");
    expect(await refused(2, ["secret", "set-mode", "nasa-key", "brokered"], { input: values[0] })).toContain(
      "new value",
    );
    expect(await done(["secret", "set-mode", "nasa-key", "brokered"], { input: values[2] })).toMatchObject({
      mode: "brokered",
      version: 4,
    });
    expect(await done(["secret", "set-mode", "nasa-key", "delivered"])).toMatchObject({
      mode: "delivered",
      version: 5,
    });
    expect(await done(["secret", "set-mode", "nasa-key", "brokered", "--keep-exposed-value"])).toMatchObject({
      mode: "brokered",
    });
  });

  it("leaves it to the verdict without a new value, warns while no budget bounds all, and brokers it with a new one alone", async () => {
    const text = async (line: readonly string[]) => (await run(line)).out;
    expect(await text(["secret", "set-mode", "nasa-key", "by-verdict"])).toMatch(/warning.*enrol as a browser/);
    expect(await text(["secret", "set-mode", "nasa-key", "delivered"])).not.toContain("warning");
    expect(await done(["secret", "set-mode", "nasa-key", "by-verdict"])).toMatchObject({ mode: "by-verdict" });
    const file = join(folder, "bounded.json");
    for (const [of, warns] of [
      ["instance", true],
      ["secret", false],
    ] as const) {
      writeFileSync(
        file,
        JSON.stringify({ processor: null, budgets: [{ of, limit: 5, perCall: 1, windowSeconds: 60 }] }),
      );
      const said = await text(["secret", "set-terms", "nasa-key", "--terms", file]);
      expect([of, said.includes("warning")]).toEqual([of, warns]);
    }
    expect(await refused(2, ["secret", "set-mode", "nasa-key", "brokered"])).toContain("missing");
    expect(await done(["secret", "set-mode", "nasa-key", "brokered"], { input: values[1] })).toMatchObject({
      mode: "brokered",
    });
  });

  it("sets what the broker makes of a secret and its budgets, from a file, and takes them away", async () => {
    const budgets = [{ of: "instance", limit: 5, perCall: 1, windowSeconds: 60 }];
    const file = join(folder, "terms.json");
    writeFileSync(file, JSON.stringify({ processor: null, budgets }));
    expect(await refused(2, ["secret", "set-terms", "nasa-key"])).toContain("--terms");
    expect(await done(["secret", "set-terms", "nasa-key", "--terms", file])).toMatchObject({ terms: { budgets } });
    expect(await done(["secret", "set-terms", "nasa-key", "--none"])).toMatchObject({ terms: null });
    writeFileSync(file, JSON.stringify({ processor: null, budgets: [{ ...budgets[0], limit: 0 }] }));
    await refused(2, ["secret", "set-terms", "nasa-key", "--terms", file]);
  });

  it("has values of a secret minted by a recipe, tries it, and takes it away for a new value", async () => {
    const recipe = { kind: "oauth-client-credentials", tokenUrl: "https://localhost:1/token", clientId: "gallery" };
    const file = join(folder, "recipe.json");
    writeFileSync(file, JSON.stringify(recipe));
    const set = ["secret", "set-recipe", "nasa-key"];
    expect(await refused(2, set)).toContain("--file");
    expect(await done([...set, "--file", file])).toMatchObject({ recipe, mode: "brokered" });
    expect(await done([...set, "--file", "-"], { input: JSON.stringify(recipe) })).toMatchObject({ recipe });
    expect(await refused(2, [...set, "--file", "-", "--new-value"], { input: "{}" })).toContain("name a file");
    writeFileSync(file, JSON.stringify({ ...recipe, tokenUrl: "http://login.example/" }));
    expect(await refused(2, [...set, "--file", file])).toContain("tokenUrl");
    // Nobody is there.
    const { code, out } = await run(["secret", "mint-test", "nasa-key", "--json"]);
    const answer = JSON.parse(out) as Record<string, unknown>;
    expect([code, Object.keys(answer), answer.ok]).toEqual([1, jsonShapes["secret mint-test"], false]);
    shapesSeen.add("secret mint-test");
    expect((await run(["secret", "list"])).out).toContain("oauth-client-credentials");
    expect(await refused(2, [...set, "--none"])).toContain("missing");
    writeFileSync(file, JSON.stringify(recipe));
    await done([...set, "--file", file, "--new-value"], { input: `${value}-root` });
    expect(await refused(2, [...set, "--none"], { input: `${value}-root` })).toContain("never left the service");
    expect(await done([...set, "--none"], { input: values[0] })).toMatchObject({ recipe: null });
  });

  it("gives decoys a canary that was set, or one that is derived", async () => {
    expect(await refused(2, ["secret", "set-canary", "nasa-key"])).toContain("missing");
    expect(await done(["secret", "set-canary", "nasa-key"], { input: "a-canary" })).toMatchObject({ hasCanary: true });
    expect(await done(["secret", "set-canary", "nasa-key", "--derived"])).toMatchObject({ hasCanary: false });
  });

  it("lists and shows everything, and never a value", async () => {
    expect(await done(["project", "list"])).toMatchObject({ projects: [{ name: "astro" }] });
    expect(await done(["project", "show", "astro"])).toMatchObject({ kind: "development" });
    expect(await done(["app", "list"])).toMatchObject({ apps: [{ id: "gallery" }] });
    expect(await done(["app", "show", "gallery"])).toMatchObject({ android: { signingDigests: ["ab".repeat(32)] } });
    expect(await done(["api", "list"])).toMatchObject({ apis: [{ id: "nasa" }] });
    expect(await done(["api", "show", "nasa"])).toMatchObject({ host: "api.nasa.gov" });
    const links = ["api", "set", "nasa", "--link-seconds", "600", "--links"];
    expect(await done([...links, "nasa/apod"])).toMatchObject({
      links: { to: [{ api: "nasa", path: "/apod" }], seconds: 600 },
    });
    expect((await run(["api", "show", "nasa"])).out).toContain("through the broker to nasa/apod, for 600 s");
    expect(await refused(2, [...links, "nobody"])).toContain("no such API");
    expect(await done([...links, "none"])).toMatchObject({ links: null });
    expect(await done(["secret", "list"])).toMatchObject({ secrets: [{ name: "nasa-key" }] });
    expect(await done(["activity"])).toMatchObject({ active: {} });
  });

  it("registers releases, withdraws them and forgets them, and says until when they count", async () => {
    const release = ["gallery", "android", "42"];
    const until = Date.parse("2027-01-31T12:00Z");
    expect(await done(["release", "add", ...release, "--expires", "2027-01-31T12:00Z"])).toMatchObject({
      status: "active",
      expiresAtMs: until,
    });
    expect(await done(["release", "withdraw", ...release])).toMatchObject({ status: "withdrawn", expiresAtMs: until });
    expect(await done(["release", "add", ...release, "--expires", "never"])).toMatchObject({
      status: "active",
      expiresAtMs: null,
    });
    expect(await done(["release", "list", "gallery"])).toMatchObject({
      releases: [{ platform: "android", version: "42", status: "active" }],
    });
    expect((await run(["release", "list", "gallery"])).out).toContain("never");
    expect(await refused(2, ["release", "add", ...release, "--expires", "soon"])).toContain("2027-01-31");
    expect(await refused(2, ["release", "add", "gallery", "android", "1.4"])).toContain("versionCode");
    expect(await refused(2, ["release", "withdraw", "nobody", "ios", "1"])).toContain("no such app");
    expect(await done(["release", "remove", ...release])).toEqual({ removed: release.join(" ") });
    expect(await refused(2, ["release", "remove", ...release])).toContain("no such release");
  });

  it("simulates changes: nothing is locked out where nobody has the app, and what cannot be told is said with exit code 1", async () => {
    const none = { ok: true, lockedOut: [], notJudged: [], versions: 0 };
    expect(await done(["app", "versions", "gallery"])).toEqual({ versions: [] });
    expect((await run(["app", "versions", "gallery"])).out).toContain("No version was seen yet.");
    const { pins } = await done<{ pins: readonly string[] }>(["api", "show", "nasa"]);
    const given = [
      ...pins.flatMap((pin) => ["--pin", pin]),
      "--token-header",
      "Authorization",
      "--token-prefix",
      "Bearer ",
    ];
    expect(await done(["api", "simulate", "nasa", "--host", "api.nasa.gov", ...given])).toEqual(none);
    expect(await refused(2, ["api", "simulate", "nasa", "--remove"])).toContain("nasa-key names this API");
    expect(await refused(2, ["api", "simulate", "nasa"])).toContain("--host HOST");
    expect(await done(["release", "simulate", "gallery", "android", "42", "--withdraw"])).toEqual(none);
    expect(await done(["release", "simulate", "gallery", "android", "42", "--expires", "2027-01-31"])).toEqual(none);
    expect(await refused(2, ["release", "simulate", "gallery", "android", "42", "--remove"])).toContain(
      "no such release",
    );
    expect(await done(["release", "list", "gallery"])).toEqual({ releases: [] });
    const file = join(folder, "change.json");
    writeFileSync(file, JSON.stringify({ change: "settings", settings: { requiredDetectors: ["hook"] } }));
    expect(await done(["simulate", file])).toEqual(none);
    expect((await run(["simulate", file])).out).toContain("Locks out none of 0 versions that were seen.");
    writeFileSync(file, JSON.stringify({ change: "settings", settings: { requireStrongBox: true } }));
    const { code, out } = await run(["simulate", file]);
    expect([code, out]).toEqual([1, expect.stringContaining("not judged: requireStrongBox: ")]);
    writeFileSync(file, "[]");
    expect(await refused(2, ["simulate", file])).toContain("JSON object");
    writeFileSync(file, JSON.stringify({ change: "nothing" }));
    expect(await refused(2, ["simulate", file])).toContain("change");
  });

  it("shows tables and fields to people, without colours where there is no terminal", async () => {
    for (const args of [
      ["project", "list"],
      ["project", "show"],
      ["app", "list"],
      ["api", "show", "nasa"],
      ["secret", "list"],
      ["status"],
      ["audit"],
    ]) {
      const { code, out, err } = await run(args);
      expect([args, code, err]).toEqual([args, 0, ""]);
      expect(out).not.toContain("\u001b");
      expect(out.trimEnd().split("\n").length).toBeGreaterThan(1);
    }
  });

  it("attests installations of named apps as an OAuth client, whose id may be a URL", async () => {
    const client = "https://client.example/gallery?x=1";
    expect(await done(["oauth-client", "add", client])).toEqual({ clientId: client, apps: null });
    expect(await refused(2, ["oauth-client", "add", client, "--app", "nobody"])).toContain("no such app");
    expect(await done(["oauth-client", "list"])).toEqual({ clients: [{ clientId: client, apps: null }] });
    expect(await done(["oauth-client", "remove", client])).toEqual({ removed: client });
    expect(await refused(2, ["oauth-client", "remove", client])).toContain("no such OAuth client");
  });

  it("keeps what it calls vendors with: a key by its file, any credential by standard input, and shows none of it", async () => {
    const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
    const file = join(folder, "AuthKey_KEY1234567.p8");
    writeFileSync(file, key);
    const ids = ["--key-id", "KEY1234567", "--team-id", "ABCDE12345"];
    const set = ["vendor", "set", "apple-devicecheck"];
    expect(await done([...set, "--key-file", file, ...ids])).toMatchObject({ kind: "apple-devicecheck" });
    const input = JSON.stringify({ teamId: "ABCDE12345", keyId: "KEY1234567", privateKey: key });
    expect(await done(set, { input })).toMatchObject({ kind: "apple-devicecheck" });
    expect(await refused(2, [...set, "--key-file", file])).toContain("belong together");
    expect(await refused(2, ["vendor", "set", "google-play", "--key-file", file, ...ids])).toContain(
      "apple-devicecheck",
    );
    expect(await refused(2, [...set, "--key-file", "/nowhere", ...ids])).toContain("cannot be read");
    expect(await refused(2, [...set, "--key-file", file, "--key-id", "short", "--team-id", "ABCDE12345"])).toContain(
      ".p8 file",
    );
    expect(await refused(2, set, { input: "no json" })).toContain("not valid JSON");
    expect(await done(["vendor", "list"])).toMatchObject({ vendors: [{ kind: "apple-devicecheck" }] });
    expect(await done(["vendor", "remove", "apple-devicecheck"])).toEqual({ removed: "apple-devicecheck" });
    for (const text of seen) expect(text).not.toContain(String(key).slice(60, 100));
  });

  it("changes settings by name", async () => {
    const project = await done([
      "project",
      "set",
      "astro",
      "--reasons",
      "on",
      "--session-seconds",
      "120",
      "--refresh-seconds",
      "60",
    ]);
    expect(project.settings).toMatchObject({ reasons: true, sessionSeconds: 120, refreshSeconds: 60 });
    const android = await done([
      "project",
      "set",
      "astro",
      "--boot-keys",
      `${"AB:".repeat(31)}AB,${"cd".repeat(32)}`,
      "--require-strongbox",
      "on",
      "--max-patch-age-months",
      "12",
      "--max-certificates-issued",
      "50",
    ]);
    expect(android.settings).toMatchObject({
      bootKeys: ["ab".repeat(32), "cd".repeat(32)],
      requireStrongBox: true,
      maxPatchAgeMonths: 12,
      maxCertificatesIssued: 50,
    });
    await done([
      "project",
      "set",
      "astro",
      "--boot-keys",
      "",
      "--require-strongbox",
      "off",
      "--max-patch-age-months",
      "0",
      "--max-certificates-issued",
      "0",
    ]);
    const iphones = ["--required-categories", "4,2", "--max-risk-metric", "20"];
    const { settings } = await done(["project", "set", "astro", ...iphones]);
    expect(settings).toMatchObject({ requiredCategories: [4, 2], maxRiskMetric: 20 });
    expect(await refused(2, ["project", "set", "astro", "--required-categories", "store"])).toContain("whole number");
    await done(["project", "set", "astro", "--required-categories", "", "--max-risk-metric", "0"]);
    expect(await refused(2, ["project", "set", "astro"])).toContain("--help");
    expect(await refused(2, ["project", "set", "astro", "--session-seconds", "9999"])).toContain("60 to 300");
  });

  it("uploads test anchors from a PEM file, beside those it has", async () => {
    const files = ["one", "two"].map((name) => join(folder, `${name}.pem`));
    for (const file of files) writeFileSync(file, createTlsAuthority({ name: file, nowMs: Date.now() }).pem);
    expect((await done<{ anchors: unknown[] }>(["anchors", "add", files[0] ?? ""])).anchors).toHaveLength(1);
    expect((await done<{ anchors: unknown[] }>(["anchors", "add", ...files])).anchors).toHaveLength(2);
  });

  it("bans an instance and frees it again", async () => {
    const instance = randomBytes(16).toString("base64url").replace(/^-/, "A");
    expect(await done(["instance", "ban", instance, "--reason", "cloned"])).toMatchObject({
      known: false,
      ban: { kind: "ban" },
    });
    expect(await done(["instance", "unban", instance])).toEqual({ unbanned: instance });
    expect(await refused(2, ["instance", "unban", instance])).toContain("No ban");
    expect(await refused(2, ["instance", "show", instance])).toContain("no such instance");
  });

  it("says that an ARC is unknown, and has the look-up in the audit", async () => {
    expect(await refused(2, ["arc", "show", "ABCDEFGHIJKLMN27"])).toContain("no trace");
    expect(await refused(2, ["arc", "show", "1"])).toContain("16 characters");
    expect(await refused(2, ["evidence", "explain", "--arc", "ABCDEFGHIJKLMN27"])).toContain("no trace");
    const { records } = await done<{ records: { action: string }[] }>(["audit", "--limit", "1"]);
    expect(records.map(({ action }) => action)).toEqual(["arc.resolve"]);
    expect(await done(["audit", "--service"])).toMatchObject({
      records: [{ action: "administrator.create", actorName: "Ada" }],
    });
  });

  it("exports the root, and replaces it only on purpose", async () => {
    const before = await done([
      "root",
      "export",
      "--host",
      "attest.example.org",
      "--out",
      join(folder, "configuration"),
    ]);
    expect(readFileSync(join(folder, "configuration"), "utf8")).toBe(`${before.configuration}\n`);
    expect(before.configuration).toContain("attest.example.org");
    expect(await refused(2, ["root", "recover"])).toContain("--yes");
    expect(await done(["root", "recover", "--yes"])).toMatchObject({ keyListByRecovery: true });
  });

  it("takes the service and the token from the environment over what is stored", async () => {
    const elsewhere = { XDG_CONFIG_HOME: join(folder, "empty") };
    expect(await refused(2, ["status"], { env: elsewhere })).toContain("countersign login");
    await done(["status"], { env: { ...elsewhere, COUNTERSIGN_URL: service.origin, COUNTERSIGN_TOKEN: token } });
    expect(await refused(2, ["status"], { env: { COUNTERSIGN_TOKEN: `csa_${"A".repeat(43)}` } })).toContain("token");
  });

  it("sends a stored token to no other address", async () => {
    const line = await refused(2, ["status"], { env: { COUNTERSIGN_URL: "http://127.0.0.1:9" } });
    expect(line).toContain("Not logged in at http://127.0.0.1:9");
  });
});

describe("a newcomer's bad input gets one clear line and exit code 2", () => {
  const emptyHome = { XDG_CONFIG_HOME: join(folder, "nobody") };

  it("port taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? String(address.port) : "";
    expect(await refused(2, ["serve", "--data", join(folder, "fresh"), "--port", port])).toContain(`Port ${port}`);
    other.close();
  });

  it("second process on the same data folder", async () => {
    expect(await refused(2, ["serve", "--data", data, "--port", "0"])).toContain("in use by another process");
    expect(await refused(2, ["admin", "bootstrap", "--data", data])).toContain("in use by another process");
  });

  it("data folder that is a file, cannot be read, or is not there", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    expect(await refused(2, ["serve", "--data", file, "--port", "0"])).toContain(file);
    expect(await refused(2, ["admin", "bootstrap", "--data", join(folder, "nowhere")])).toContain("no data folder");
    // No folder is closed to root, but the kernel's own file system takes none.
    const isRoot = process.getuid?.() === 0;
    const closed = isRoot ? "/proc/countersign" : join(folder, "closed");
    if (!isRoot) mkdirSync(closed, { mode: 0o000 });
    expect(await refused(2, ["serve", "--data", closed, "--port", "0"])).toContain(closed);
    if (!isRoot) chmodSync(closed, 0o700);
  });

  it.concurrent.each([
    ["unknown app", ["app", "show", "nobody"], "no such app"],
    [
      "unknown app of a secret",
      ["secret", "set", "s", "--place", "api=nasa,in=query,name=k", "--app", "nobody"],
      "no such app",
    ],
    ["unknown API of a place", ["secret", "set", "s", "--place", "api=nobody,in=query,name=k"], "no such API"],
    ["unknown project", ["app", "list", "--project", "nobody"], "no such project"],
    ["unknown secret", ["secret", "rotate", "nobody"], "no such secret"],
    ["malformed host", ["api", "add", "x", "--host", "https://api.nasa.gov/"], "without scheme"],
    ["one pin alone", ["api", "add", "x", "--host", "a.example", "--pin", "AAAA"], "pin"],
    ["malformed App ID", ["app", "add", "x", "--ios", "org.example"], "App ID"],
    ["Android app without digest", ["app", "add", "x", "--android", "org.example.app"], "--signing-digest"],
    ["app without platform", ["app", "add", "x"], "platform"],
    ["malformed place", ["secret", "set", "s", "--place", "query"], "api=ID"],
    ["secret without place", ["secret", "set", "s"], "--place"],
    ["unknown mode", ["secret", "set-mode", "nasa-key", "hidden"], "delivered"],
    ["name that is taken", ["project", "create", "astro"], "Choose another name"],
    ["missing argument", ["app", "show"], "argument"],
    ["missing option", ["api", "add", "x"], "--host"],
    ["option of a wrong form", ["audit", "--limit", "many"], "whole number"],
    ["unknown option", ["status", "--frobnicate"], "--frobnicate"],
    ["unknown command", ["frobnicate"], "frobnicate"],
    ["no command", [], "--help"],
    ["unreadable evidence file", ["evidence", "explain", "/nowhere"], "cannot be read"],
  ])("%s", async (_, args, text) => {
    expect(await refused(2, args, { input: "some-value" })).toContain(text);
  });

  it("missing secret: nothing on standard input", async () => {
    expect(await refused(2, ["secret", "set", "s", "--place", "api=nasa,in=query,name=k"])).toContain("missing");
    expect(await refused(2, ["secret", "rotate", "nasa-key"], { input: "\n" })).toContain("missing");
  });

  it("wrong token at login, which leaves what was stored", async () => {
    const before = readFileSync(join(home, ".config/countersign/credentials.json"), "utf8");
    expect(await refused(2, ["login", "--url", service.origin], { input: `csa_${"A".repeat(43)}` })).toContain("token");
    expect(await refused(2, ["login", "--url", service.origin], { input: "hello" })).toContain("csa_");
    expect(readFileSync(join(home, ".config/countersign/credentials.json"), "utf8")).toBe(before);
  });

  it("service unreachable, no service of ours, or an address that would show the token", async () => {
    const given = { input: `csa_${"A".repeat(43)}`, env: emptyHome };
    expect(await refused(2, ["login", "--url", "http://127.0.0.1:9"], given)).toContain("cannot be reached");
    expect(await refused(2, ["login", "--url", "http://attest.example.org"], given)).toContain("https");
    expect(await refused(2, ["login", "--url", "not an address"], given)).toContain("https://");
    const foreign = createServer((socket) =>
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi"),
    );
    foreign.listen(0, "127.0.0.1");
    await new Promise((resolve) => foreign.once("listening", resolve));
    const address = foreign.address();
    const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
    expect(await refused(2, ["login", "--url", url], given)).toContain("Countersign service");
    foreign.close();
  });

  it("JSON file that is no JSON, or no list of places", async () => {
    const file = join(folder, "places.json");
    for (const text of ["{", "{}", "[]", "[1]", `[{"api":"a","api":"b"}]`]) {
      writeFileSync(file, text);
      expect(await refused(2, ["secret", "set", "s", "--places", file], { input: "v" })).toContain(file);
    }
    expect(await refused(2, ["anchors", "add", file])).toContain("PEM");
    expect(await refused(2, ["secret", "set", "s", "--places", join(folder, "no-file")], { input: "v" })).toContain(
      "ENOENT",
    );
  });

  it("credentials file that others can read, or that is broken", async () => {
    const config = join(folder, "config/countersign");
    mkdirSync(config, { recursive: true });
    const file = join(config, "credentials.json");
    const env = { XDG_CONFIG_HOME: join(folder, "config") };
    writeFileSync(file, JSON.stringify({ url: service.origin, token }), { mode: 0o644 });
    chmodSync(file, 0o644);
    expect(await refused(2, ["status"], { env })).toContain("chmod 600");
    writeFileSync(file, "{");
    chmodSync(file, 0o600);
    expect(await refused(2, ["status"], { env })).toContain("Log in again");
  });

  it("with --json as one object on standard error", async () => {
    const { code, out, err } = await run(["app", "show", "nobody", "--json"]);
    expect([code, out]).toEqual([2, ""]);
    expect(JSON.parse(err)).toEqual({ error: { code: "not_found", message: expect.stringContaining("no such app") } });
  });
});

describe("secrets", () => {
  it("are refused as arguments in every spelling, and not repeated", async () => {
    const canary = `canary${randomBytes(12).toString("hex")}`;
    const spellings = [
      ["secret", "set", "nasa-key", canary],
      ["secret", "set", "nasa-key", "--value", canary],
      ["secret", "set", "nasa-key", `--value=${canary}`],
      ["secret", "set", "nasa-key", `--secret=${canary}`],
      ["secret", "set", "nasa-key", `--nasa=${canary}`],
      ["secret", "rotate", "nasa-key", canary],
      ["secret", "rotate", "nasa-key", "--value", canary],
      ["secret", "set-mode", "nasa-key", "brokered", canary],
      ["secret", "set-canary", "nasa-key", canary],
      ["login", canary, "--url", service.origin],
      ["login", "--url", service.origin, "--token", canary],
      ["login", "--url", service.origin, `--token=${canary}`],
      ["keys", "backup", "file", canary],
      ["keys", "backup", "file", `--password=${canary}`],
    ];
    for (const args of spellings) {
      const { code, out, err } = await run(args, { input: "x" });
      expect([args, code, out]).toEqual([args, 2, ""]);
      expect(err.split("\n")).toHaveLength(2);
      expect(findLeaks(Buffer.from(err), canary)).toEqual([]);
    }
    expect(await done(["secret", "list"])).toMatchObject({ secrets: [{ name: "nasa-key" }] });
  });
});

describe("backup and restore", () => {
  it("bring the service back in another folder, with its administrators and secrets", async () => {
    const file = join(folder, "backup");
    await done(["keys", "backup", file, "--data", data], { input: `${passphrase}\n` });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = await done(["secret", "list"]);
    expect(await service.stop()).toBe(0);
    rmSync(data, { recursive: true });
    expect(await refused(2, ["keys", "restore", file, "--data", data], { input: "another passphrase" })).toContain(
      "passphrase",
    );
    await done(["keys", "restore", file, "--data", data], { input: `${passphrase}\n` });
    service = await serve(data);
    expect(service.bootstrapTokenFile).toBeNull();
    const env = { COUNTERSIGN_URL: service.origin, COUNTERSIGN_TOKEN: token };
    expect(await done(["secret", "list"], { env })).toEqual(before);
  });

  it("refuse a short passphrase, a file that is there, and a folder that is in use", async () => {
    const fresh = join(folder, "other-backup");
    expect(await refused(2, ["keys", "backup", fresh, "--data", data], { input: "short" })).toContain("12");
    expect(
      await refused(2, ["keys", "backup", join(folder, "backup"), "--data", data], { input: passphrase }),
    ).toContain("there already");
    expect(
      await refused(2, ["keys", "restore", join(folder, "backup"), "--data", data], { input: passphrase }),
    ).toContain(data);
    expect(
      await refused(2, ["keys", "restore", join(folder, "a-file"), "--data", fresh], { input: passphrase }),
    ).toContain("no backup");
  });

  it("lets the owner of a stopped service's folder make another administrator", async () => {
    expect(await service.stop()).toBe(0);
    const made = await done<{ token: string }>(["admin", "bootstrap", "--data", data]);
    service = await serve(data);
    const env = { XDG_CONFIG_HOME: join(folder, "second") };
    const login = await done(["login", "--url", service.origin, "--name", "Grace"], { input: made.token, env });
    expect(login).toMatchObject({ administrator: { name: "Grace" } });
    const { administrators } = await done<{ administrators: { id: string; name: string }[] }>(["admin", "list"], {
      env,
    });
    expect(administrators.map(({ name }) => name)).toEqual(["Ada", "Grace"]);
  });

  it("takes a removed administrator's token out of use, and keeps the last one", async () => {
    const ada = { COUNTERSIGN_URL: service.origin, COUNTERSIGN_TOKEN: token };
    const grace = { XDG_CONFIG_HOME: join(folder, "second") };
    expect(await refused(2, ["admin", "remove", "Eve"], { env: ada })).toContain("no such administrator");
    const { administrators } = await done<{ administrators: { id: string; name: string }[] }>(["admin", "list"], {
      env: ada,
    });
    const [first, second] = administrators;
    expect(await done(["admin", "remove", "Grace"], { env: ada })).toEqual({ removed: second?.id });
    expect(await refused(2, ["status"], { env: grace })).toContain("not valid");
    expect(await refused(2, ["admin", "remove", first?.id ?? ""], { env: ada })).toContain("last administrator");
    expect(await done(["logout"], { env: grace })).toEqual({ loggedOut: true });
    expect(await done(["logout"], { env: grace })).toEqual({ loggedOut: false });
  });
});

describe("token keys", () => {
  const env = () => ({ COUNTERSIGN_URL: service.origin, COUNTERSIGN_TOKEN: token });
  const approovSecret = randomBytes(48).toString("base64");
  interface Key {
    readonly kid: string;
    readonly api: string;
    readonly state: string;
  }
  const stateOf = async (kid: string) =>
    (await done<{ keys: Key[] }>(["key", "list"], { env: env() })).keys.find((key) => key.kid === kid)?.state;

  it("of an API for backends of another product come from there, and go nowhere unasked", async () => {
    await done(["api", "add", "shapes", "--host", "shapes.example", "--token-profile", "approov", "--limited-use"], {
      env: env(),
    });
    const { key, replaced } = await done<{ key: Key; replaced: Key[] }>(["key", "import", "shapes"], {
      env: env(),
      input: `${approovSecret}\n`,
    });
    expect([key.state, replaced.map(({ state }) => state)]).toEqual(["signing", ["retiring"]]);
    expect(await refused(2, ["key", "export", "shapes"], { env: env() })).toContain("--reveal");
    expect(await refused(2, ["key", "import", "shapes", approovSecret], { env: env() })).toContain(
      "never given as an argument",
    );
  });

  it("are staged, activated and retired", async () => {
    const staged = await done<Key & Record<string, unknown>>(["key", "stage", "shapes"], { env: env() });
    expect(staged.state).toBe("staged");
    const { replaced } = await done<{ replaced: Key[] }>(["key", "activate", "--", staged.kid], { env: env() });
    expect(replaced).toHaveLength(1);
    expect(await stateOf(staged.kid)).toBe("signing");
    expect(await refused(2, ["key", "retire", "--", staged.kid], { env: env() })).toContain("key rotate");
    const old = replaced[0]?.kid ?? "";
    const retired = await done<Key & Record<string, unknown>>(["key", "retire", "--now", "--", old], { env: env() });
    expect(retired.state).toBe("retired");
  });

  it("that are secrets wait where an API had a key pair, and the next steps are said", async () => {
    const options = ["--host", "paired.example", "--token-header", "X-Token"];
    const { code } = await run(["api", "add", "paired", ...options], { env: env() });
    const changed = await run(["api", "add", "paired", ...options, "--replace", "--token-alg", "HS256"], {
      env: env(),
    });
    expect([code, changed.code]).toEqual([0, 0]);
    const said = changed.out.replaceAll(/\s+/g, " ");
    const kid = /ES256 signs until backends have the secret: .* key activate (?:-- )?(\S+)/.exec(said)?.[1] ?? "";
    expect(await stateOf(kid)).toBe("staged");
    expect((await run(["key", "export", "--reveal", "--", kid], { env: env() })).code).toBe(0);
    await done(["key", "activate", "--", kid], { env: env() });
    expect(await stateOf(kid)).toBe("signing");
    const again = await run(["api", "add", "paired", ...options, "--replace", "--token-alg", "HS256"], { env: env() });
    expect(again.out).not.toContain("key activate");
    await done(["api", "remove", "paired"], { env: env() });
  });

  it("are rotated with a lead, in an emergency at once, and a secret not by accident", async () => {
    await done(
      ["api", "add", "keyed", "--host", "keyed.example", "--token-header", "X-Token", "--token-alg", "EdDSA"],
      { env: env() },
    );
    const { key } = await done<{ key: Key }>(["key", "rotate", "keyed", "--in", "24h"], { env: env() });
    expect(key.state).toBe("staged");
    expect(await refused(2, ["key", "rotate", "shapes"], { env: env() })).toContain("Backends must be given");
    expect(await refused(2, ["key", "rotate", "keyed", "--in", "soon"], { env: env() })).toContain("24h");
    expect(await refused(2, ["key", "rotate"], { env: env() })).toContain("--attester");
    const { value: pem } = await done<{ value: string }>(["key", "export", "keyed"], { env: env() });
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    await done(["api", "remove", "keyed"], { env: env() });
    await done(["api", "remove", "shapes"], { env: env() });
  });
});

describe("live chains", () => {
  const env = () => ({ COUNTERSIGN_URL: service.origin, COUNTERSIGN_TOKEN: token });
  const authority = createTlsAuthority({ name: "A vendor's root", nowMs: Date.now() });
  const ca = join(folder, "vendor.pem");
  const saved = join(folder, "saved root.pem");
  let host: TlsServer;
  let port = "";
  /** Decrypted bytes that any look sent. */
  let received = 0;
  /** A proposed command as a shell takes it apart, without the program's name. */
  const words = (command: string): string[] =>
    [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "").slice(1);

  beforeAll(async () => {
    writeFileSync(ca, authority.pem);
    host = createTlsServer(authority.issue(["localhost"]), (socket) => {
      socket.on("error", () => {});
      socket.on("data", (part) => {
        received += part.length;
      });
    });
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
    port = String((host.address() as AddressInfo).port);
  });
  afterAll(async () => {
    await new Promise((resolve) => host.close(resolve));
  });

  it("are shown and proposed from, without a service, by commands that declare them as they stand", async () => {
    const asked = ["api", "propose", "localhost", "--port", port, "--id", "live"];
    const strange = await run([...asked, "--json"]);
    expect([strange.code, JSON.parse(strange.out)]).toMatchObject([1, { named: true, store: false, commands: [] }]);
    const proposal = await done<{
      certificates: { subject: string; daysLeft: number }[];
      commands: string[];
      pins: { of: string }[];
    }>([...asked, "--ca", ca, "--save-root", saved]);
    expect(proposal.certificates.map(({ subject }) => subject)).toEqual(["localhost", "A vendor's root"]);
    expect(proposal.certificates[0]?.daysLeft).toBe(29);
    expect(proposal.pins.map(({ of }) => of)).toEqual(["leaf", "issuer"]);
    const channels: unknown[] = [];
    for (const command of proposal.commands) {
      channels.push((await done(words(command), { env: env() })).channel);
      const checked = await done(["api", "check", "live", "--ca", ca], { env: env() });
      expect(checked).toMatchObject({ ok: true, apis: [{ id: "live", findings: [] }] });
      await done(["api", "remove", "live"], { env: env() });
    }
    expect(channels).toEqual(["pins", "roots"]);
    expect(readFileSync(saved, "utf8")).toBe(authority.pem);
    const add = ["api", "add", "live", "--host", "localhost", "--port", port, "--root", saved, "--propose", "--json"];
    expect(JSON.parse((await run(add)).out)).toMatchObject({ pins: proposal.pins, commands: [proposal.commands[0]] });
    expect(await refused(2, [...asked, "--ca", ca, "--save-root", saved])).toContain("EEXIST");
    expect(await refused(2, ["api", "propose", "https://localhost"])).toContain("without scheme");
    const { out } = await run([...asked, "--ca", ca]);
    expect(out).toContain("backup key");
    expect(out).toMatch(/^localhost +A vendor's root +29 +[\w-]{43}$/m);
  });

  it("are told of where they do not fit what is declared any more, with exit code 1", async () => {
    const pin = (): string => randomBytes(32).toString("base64url");
    await done(["api", "add", "live", "--host", "localhost", "--port", port, "--pin", pin(), "--pin", pin()], {
      env: env(),
    });
    const check = ["api", "check", "live", "--json"];
    const drifted = await run([...check, "--ca", ca], { env: env() });
    expect([drifted.code, JSON.parse(drifted.out)]).toMatchObject([
      1,
      { ok: false, apis: [{ findings: [{ problem: "pin_absent", text: "no declared pin is in its chain" }] }] },
    ]);
    const soon = await run([...check, "--ca", ca, "--days", "30"], { env: env() });
    expect(JSON.parse(soon.out).apis[0].findings.map(({ problem }: { problem: string }) => problem)).toEqual([
      "pin_absent",
      "ends_soon",
    ]);
    const strange = await run(["api", "check", "live"], { env: env() });
    expect([strange.code, strange.out]).toEqual([1, expect.stringContaining("not good for the authorities")]);
    await done(["api", "remove", "live"], { env: env() });
    expect(received).toBe(0);
  });
});

describe("backends and tokens", () => {
  const env = () => ({ COUNTERSIGN_URL: service.origin, COUNTERSIGN_TOKEN: token });
  const secret = randomBytes(32).toString("base64");
  const claimsOf = (text: string) =>
    JSON.parse(Buffer.from(text.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;

  it("gives a backend a credential once, and shows what backends reported", async () => {
    await done(["api", "add", "backed", "--host", "backed.example", "--token-profile", "approov"], { env: env() });
    const { credential } = await done<{ credential: string }>(["verifier", "add", "shop", "--api", "backed"], {
      env: env(),
    });
    expect(await done(["verifier", "list"], { env: env() })).toMatchObject({
      verifiers: [{ name: "shop", api: "backed" }],
    });
    expect((await run(["verifier", "list", "--json"], { env: env() })).out).not.toContain(credential);
    expect(await done(["api", "traffic", "backed", "--hours", "1"], { env: env() })).toMatchObject({ requests: 0 });
    expect(await done(["verifier", "remove", "shop"], { env: env() })).toEqual({ removed: "shop" });
    const broker = await done<{ credential: string }>(["broker", "add", "edge", "--origin", "https://edge.example"], {
      env: env(),
    });
    expect(broker).toMatchObject({ name: "edge", origin: "https://edge.example", inUse: false });
    expect(await done(["broker", "list"], { env: env() })).toMatchObject({ brokers: [{ name: "edge", inUse: false }] });
    expect((await run(["broker", "list", "--json"], { env: env() })).out).not.toContain(broker.credential.slice(0, 47));
    expect(await done(["broker", "use", "edge"], { env: env() })).toMatchObject({ brokers: [{ inUse: true }] });
    expect(await done(["broker", "use", "none"], { env: env() })).toMatchObject({ brokers: [{ inUse: false }] });
    expect(await refused(2, ["broker", "use", "nowhere"], { env: env() })).toContain("no such broker");
    expect(await done(["broker", "remove", "edge"], { env: env() })).toEqual({ removed: "edge" });
    expect(await refused(2, ["broker", "run", "--port", "0"], { env: env() })).toContain(
      "COUNTERSIGN_BROKER_CREDENTIAL",
    );
    expect(await refused(2, ["verifier", "remove", "shop"], { env: env() })).toContain("no such verifier");
  });

  it("plants decoys, shows what their use raised, where it is reported and where it is told", async () => {
    const made = await done<{ value: string }>(["decoy", "add", "old-key", "--like", "sk_live_{alnum*24}"], {
      env: env(),
    });
    expect(made).toMatchObject({ name: "old-key", length: 32 });
    const own = "AKIAIOSFODNN7EXAMPLE";
    await done(["decoy", "add", "own", "--value-stdin"], { env: env(), input: `${own}\n` });
    expect(await refused(2, ["decoy", "add", "x", own], { env: env() })).toContain("never given as an argument");
    expect(await refused(2, ["decoy", "add", "x", "--like", "{alnum*3}"], { env: env() })).toContain("80 bits");
    expect(await refused(2, ["decoy", "add", "x", "--like", "y", "--value-stdin"], { env: env() })).toContain(
      "not both",
    );
    expect(await done(["decoy", "list"], { env: env() })).toMatchObject({
      decoys: [{ name: "old-key" }, { name: "own" }],
    });
    expect((await run(["decoy", "list"], { env: env() })).out).not.toMatch(/sk_live_|AKIA/);
    const { url } = await done<{ url: string }>(["alarm-hook", "add", "scanner", "--decoy", "old-key"], { env: env() });
    expect(await done(["alarm-hook", "list"], { env: env() })).toMatchObject({
      hooks: [{ name: "scanner", decoy: "old-key" }],
    });
    expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(202);
    const { alarms } = await done<{ alarms: { id: string }[] }>(["alarm", "list", "--open"], { env: env() });
    const id = alarms[0]?.id ?? "";
    expect(await done(["alarm", "show", id], { env: env() })).toMatchObject({
      kind: "reported",
      decoy: "old-key",
      count: 1,
    });
    expect((await run(["alarm", "show", id], { env: env() })).out).toMatch(/^decoy +old-key$/m);
    expect((await run(["status"], { env: env() })).out).toMatch(/^open alarms +1$/m);
    await done(["alarm", "ack", id], { env: env() });
    expect(await done(["alarm", "list", "--open"], { env: env() })).toEqual({ alarms: [] });
    expect(await refused(2, ["alarm", "ack", "nobody"], { env: env() })).toContain("no such alarm");
    const notify = ["alarm-notify", "set", "https://alerts.invalid/countersign"];
    expect(await done(notify, { env: env() })).toMatchObject({ origin: "https://alerts.invalid" });
    expect(await refused(2, ["alarm-notify", "set", "http://alerts.invalid/"], { env: env() })).toContain("https");
    expect(await done(["alarm-notify", "set"], { env: env(), input: "https://alerts.invalid/secret\n" })).toBeDefined();
    expect(await done(["alarm-notify", "show"], { env: env() })).toEqual({ origin: "https://alerts.invalid" });
    const tested = await run(["alarm-notify", "test", "--json"], { env: env() });
    expect([tested.code, JSON.parse(tested.out)]).toEqual([1, { ok: false, status: null, problem: "unreachable" }]);
    shapesSeen.add("alarm-notify test");
    expect(await done(["alarm-notify", "remove"], { env: env() })).toEqual({ removed: true });
    expect(await done(["alarm-hook", "remove", "scanner"], { env: env() })).toEqual({ removed: "scanner" });
    for (const name of ["old-key", "own"])
      expect(await done(["decoy", "remove", name], { env: env() })).toEqual({ removed: name });
  });

  it("gives simulators and CI a development key once, shows what it bought, and revokes it", async () => {
    const make = ["devkey", "create", "ci", "--expires-in", "30d", "--quota", "20", "--per-day", "5"];
    const { key, ...shown } = await done<{ key: string }>(make, { env: env() });
    expect(key).toMatch(/^csd_[A-Za-z0-9_-]{43}$/);
    expect(shown).toMatchObject({ name: "ci", quota: 20, perDay: 5, enrolled: 0, revokedAtMs: null });
    expect(await refused(2, make, { env: env() })).toContain("of this name");
    expect(await refused(2, make.with(4, "91d"), { env: env() })).toContain("a whole number from 60 to 7776000");
    expect(await done(["devkey", "list"], { env: env() })).toEqual({ developmentKeys: [shown] });
    const table = await run(["devkey", "list"], { env: env() });
    expect(table.out).toMatch(/^ci +in use +0 of 20 +5 +\d{4}-/m);
    expect(table.out).not.toContain(key);
    expect(await done(["devkey", "revoke", "ci"], { env: env() })).toEqual({ revoked: "ci" });
    expect(await refused(2, ["devkey", "revoke", "ci"], { env: env() })).toContain("No development key of this name");
    expect((await run(["devkey", "list"], { env: env() })).out).toMatch(/^ci +revoked /m);
  });

  it("makes tokens to try backends with, judges them, and uses one up that stands for an instance", async () => {
    const { key } = await done<{ key: { kid: string } }>(["key", "import", "backed"], { env: env(), input: secret });
    const { token: example } = await done<{ token: string }>(["token", "example", "backed"], { env: env() });
    expect(await done(["token", "inspect"], { env: env(), input: example })).toMatchObject({ valid: true });
    const long = ["token", "long-lived", "backed", "--name", "monitor", "--days", "7"];
    expect(claimsOf((await done<{ token: string }>(long, { env: env() })).token).use).toBe("long-lived");
    const { out } = await run(["token", "example", "backed", "--type", "decoy"], { env: env() });
    const judged = await run(["token", "inspect", "-"], { env: env(), input: out });
    expect([judged.code, judged.out]).toEqual([1, expect.stringMatching(/^Token: refused, decoy\n/)]);

    const { use: _, ...claims } = claimsOf(example);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const input = `${part({ alg: "HS256", typ: "JWT", kid: key.kid })}.${part(claims)}`;
    const mac = createHmac("sha256", Buffer.from(secret, "base64")).update(input).digest("base64url");
    const consume = ["token", "consume", "backed"];
    const given = { env: env(), input: `${input}.${mac}` };
    expect(await done(consume, given)).toMatchObject({ ok: true, alreadyConsumed: false, claims });
    const again = await run([...consume, "--json"], given);
    expect([again.code, JSON.parse(again.out)]).toMatchObject([1, { ok: true, alreadyConsumed: true }]);
    await done(["api", "remove", "backed"], { env: env() });
  });
});

describe("removal", () => {
  it("takes away what nothing refers to, in the order of the references", async () => {
    const env = { COUNTERSIGN_URL: service.origin, COUNTERSIGN_TOKEN: token };
    expect(await refused(2, ["app", "remove", "gallery"], { env })).toContain("nasa-key");
    expect(await refused(2, ["api", "remove", "nasa"], { env })).toContain("nasa-key");
    expect(await done(["secret", "remove", "nasa-key"], { env })).toEqual({ removed: "nasa-key" });
    expect(await done(["app", "remove", "gallery"], { env })).toEqual({ removed: "gallery" });
    expect(await done(["api", "remove", "nasa"], { env })).toEqual({ removed: "nasa" });
  });
});

describe("an app's files", () => {
  it("are searched for keys without a service", async () => {
    const form = fileURLToPath(new URL("../examples/astropiks/src/forms/delivered.ts", import.meta.url));
    await done(["scan", form]);
  });

  it("say who a build is without a service, and are registered with one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-build-"));
    const apk = join(folder, "app.apk");
    writeFileSync(apk, madeBuild().apk);
    expect(await done(["app", "inspect", apk])).toMatchObject({ id: "com.example.app", verified: true });
    const env = { COUNTERSIGN_URL: service.origin, COUNTERSIGN_TOKEN: token };
    const build = ["app", "register", apk, "--app", "by-build", "--by", "build"];
    expect(await done(build, { env })).toMatchObject({ app: { releases: "listed" }, release: { version: "7" } });
    await done(["app", "remove", "by-build"], { env });
    rmSync(folder, { recursive: true });
  });
});

describe("the shape of --json", () => {
  it("is that of the API where this test meets no installation", () => {
    expect(Object.keys(TraceAnswer.shape)).toEqual([...jsonShapes["arc show"]]);
    expect(Object.keys(EarAnswer.shape)).toEqual([...jsonShapes["arc ear"]]);
    expect(Object.keys(InstanceAnswer.shape)).toEqual([...jsonShapes["instance show"]]);
  });

  it("was held against what was printed for every other command", () => {
    const rest = Object.keys(jsonShapes).filter(
      (name) => !["serve", "broker run", "arc ear", "arc show", "instance show"].includes(name),
    );
    expect([...shapesSeen].toSorted()).toEqual(rest.toSorted());
  });
});

describe("what anybody else could see of all this", () => {
  it("holds no secret, no administrator token, no passphrase: output, log and command lines", () => {
    const all = Buffer.from(seen.join("\n"));
    expect(all.length).toBeGreaterThan(10_000);
    expect(findLeaks(Buffer.concat([all, Buffer.from(value)]), value)).not.toEqual([]);
    for (const secret of [...values, token, bootstrap, passphrase]) expect(findLeaks(all, secret)).toEqual([]);
  });

  it("stops on SIGTERM with exit code 0", async () => {
    expect(await service.stop()).toBe(0);
  });
});
