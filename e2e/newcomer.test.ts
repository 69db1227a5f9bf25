import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findLeaks } from "../testing/leak-detector.ts";
import { packWorkspace, startRegistry } from "../testing/package-registry.ts";
import { requireAll } from "../testing/vectors.ts";

const root = join(import.meta.dirname, "..");
const page = "docs/guides/react-native.md";
const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isAbsent = !existsSync(executablePath);
const folder = mkdtempSync(join(tmpdir(), "newcomer-"));
const nasaKeys = ["nasa-key-to-try-with-0001", "nasa-key-that-is-shipped-0002"];

/** What a reader does: gives a line to a shell, or writes a file; what is under "Without Expo" is another app's. */
type Step =
  | { readonly kind: "command"; readonly line: string }
  | { readonly kind: "file"; readonly path: string; readonly text: string }
  | { readonly kind: "settings"; readonly text: string };

function stepsOfGuide(): readonly Step[] {
  const [text = ""] = readFileSync(join(root, page), "utf8").split("\n## Without Expo\n");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].flatMap(([, language = "", block = ""]): Step[] => {
    if (language === "sh")
      return block
        .trimEnd()
        .split("\n")
        .map((line) => ({ kind: "command", line }));
    if (language === "json") return [{ kind: "settings", text: block }];
    const [, path] = /^(?:\/\/|#) (\S+)\n/.exec(block) ?? [];
    if (path === undefined) throw new TypeError(`a block of ${page} says no file: ${block}`);
    return [{ kind: "file", path, text: block }];
  });
}

/** A folder of the reader's own, their shell, and what they put in the place of what stands in the page. */
class Newcomer {
  readonly #env: Readonly<Record<string, string>>;
  readonly #running: ChildProcess[] = [];
  readonly own = new Map<string, string>();
  at = folder;

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  put(text: string): string {
    return [...this.own].reduce((made, [there, here]) => made.replaceAll(there, here), text);
  }

  /** Runs a line to its end. */
  run(line: string, input = ""): Promise<{ readonly code: number | null; readonly said: string }> {
    const child = this.#start(line);
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
    let said = "";
    child.stdout?.on("data", (part: Buffer) => (said += part.toString()));
    child.stderr?.on("data", (part: Buffer) => (said += part.toString()));
    return new Promise((resolve) => child.once("close", (code) => resolve({ code, said })));
  }

  /** Runs a line that goes on, up to the words that it is waited for. */
  begin(line: string, words: RegExp): Promise<string> {
    const child = this.#start(line);
    this.#running.push(child);
    let said = "";
    return new Promise((resolve, reject) => {
      const hear = (part: Buffer): void => {
        said += part.toString();
        const [heard] = words.exec(said) ?? [];
        if (heard !== undefined) resolve(heard);
      };
      child.stdout?.on("data", hear);
      child.stderr?.on("data", hear);
      child.once("close", () => reject(new Error(`${line} ended: ${said}`)));
    });
  }

  #start(line: string): ChildProcess {
    return spawn("bash", ["-c", line], { cwd: this.at, env: this.#env, detached: true, stdio: "pipe" });
  }

  stop(): void {
    for (const { pid } of this.#running) if (pid !== undefined) process.kill(-pid, "SIGKILL");
  }
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

type Json = { readonly [name: string]: unknown };

/** What is beside what is there: members join, all else is put in the place of what was. */
function merge(there: Json, more: Json): Json {
  const isObject = (value: unknown): value is Json =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const merged = Object.entries(more).map(([name, value]) => {
    const before = there[name];
    return [name, isObject(before) && isObject(value) ? merge(before, value) : value];
  });
  return { ...there, ...Object.fromEntries(merged) };
}

const artefactsOf = (out: string): readonly string[] =>
  readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Files that hold a text in any of its spellings. */
const holding = (out: string, text: string): readonly string[] =>
  artefactsOf(out).filter((file) => findLeaks(readFileSync(file), text).length > 0);

if (isAbsent && requireAll) {
  it("Chromium is present", () => {
    expect(isAbsent).toBe(false);
  });
}

describe.skipIf(isAbsent)(
  "a newcomer with docs/guides/react-native.md (needs chromium at CHROMIUM_PATH or /usr/bin/chromium, and npm's registry)",
  () => {
    let registry: Server;
    let you: Newcomer;
    let browser: Browser;
    /** What was seen of the web build, at the moments that the page speaks of. */
    const tried = { shown: "", asked: [] as string[], holding: [""] as readonly string[], revoked: "", trace: "" };

    beforeAll(async () => {
      registry = await startRegistry(packWorkspace(folder, ["@countersign/cli", "@countersign/react-native"]));
      const home = join(folder, "home");
      for (const name of [home, join(folder, "tmp")]) mkdirSync(name);
      const theirs = join(homedir(), ".npmrc");
      const kept = existsSync(theirs) ? readFileSync(theirs, "utf8") : "";
      const { port } = registry.address() as AddressInfo;
      writeFileSync(join(home, ".npmrc"), `${kept}\n@countersign:registry=http://127.0.0.1:${port}/\n`);
      // The machine's own Node and npm, as a reader has them; of the project nothing.
      const path = (process.env.PATH ?? "").split(":").filter((part) => !part.includes("node_modules"));
      you = new Newcomer({
        HOME: home,
        PATH: [join(folder, "global/bin"), dirname(process.execPath), ...path].join(":"),
        LANG: "C.UTF-8",
        TMPDIR: join(folder, "tmp"),
        CI: "1",
        EXPO_NO_TELEMETRY: "1",
        EXPO_OFFLINE: "1",
        COUNTERSIGN_STATUS_LIST_FETCH: "off",
        npm_config_prefix: join(folder, "global"),
        npm_config_cache: process.env.npm_config_cache ?? join(homedir(), ".npm"),
        npm_config_update_notifier: "false",
        npm_config_audit: "false",
        npm_config_fund: "false",
        npm_config_prefer_offline: "true",
      });
      const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
      browser = await chromium.launch({ executablePath, args: [...args, "--disable-sync", "--disable-quic"] });
      await follow();
    }, 600_000);
    afterAll(async () => {
      await browser?.close();
      you?.stop();
      registry?.closeAllConnections();
      registry?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Follows the page from its first line to its last. */
    async function follow(): Promise<void> {
      const values = [...nasaKeys];
      for (const step of stepsOfGuide()) {
        if (step.kind === "file") {
          writeFileSync(join(you.at, step.path), you.put(step.text));
          continue;
        }
        if (step.kind === "settings") {
          const file = join(you.at, "app.json");
          const merged = merge(JSON.parse(readFileSync(file, "utf8")), JSON.parse(step.text));
          writeFileSync(file, JSON.stringify(merged));
          continue;
        }
        const { line } = step;
        if (line.startsWith("cd ")) {
          you.at = join(you.at, line.slice("cd ".length));
          continue;
        }
        // These two go on in terminals of their own, on ports that are free here.
        if (line === "countersign serve") {
          const origin = await you.begin(`${line} --port 0 --json`, /"origin":"[^"]*"/);
          you.own.set("8400", new URL((JSON.parse(`{${origin}}`) as { readonly origin: string }).origin).port);
          you.own.set("8081", String(await freePort()));
          continue;
        }
        if (line.startsWith("npx expo serve")) {
          await you.begin(you.put(line), /http:\/\/localhost:\d+/);
          await tryOut(`http://localhost:${you.own.get("8081")}/`);
          continue;
        }
        const input = line.includes(" login ")
          ? readFileSync(join(folder, ".countersign/bootstrap-token"), "utf8")
          : line.includes(" secret set ")
            ? (values.shift() ?? "")
            : "";
        const ended = await you.run(you.put(line), input);
        expect([line, ended.code, ended.said]).toEqual([line, 0, expect.any(String)]);
        for (const [there, pattern] of [
          ["csd1~…", /\bcsd1~\S+/],
          ["cs1~…", /\bcs1~\S+/],
          ["csd_…", /\bcsd_[\w-]{43}/],
          ["cs-nasa-api-key-…", /\bcs-nasa-api-key-[a-z2-7]{10}\b/],
        ] as const) {
          const [printed] = pattern.exec(ended.said) ?? [];
          if (printed !== undefined) you.own.set(there, printed);
        }
      }
    }

    /** A command that the page names in a sentence. */
    function named(words: string): string {
      const [, line] =
        new RegExp(`\`(countersign ${words}[^\`]*)\``).exec(readFileSync(join(root, page), "utf8")) ?? [];
      if (line === undefined) throw new TypeError(`${page} names no command ${words}`);
      return line;
    }

    /** The page in Chromium, where NASA's API answers whoever brings the first key; then without the development key. */
    async function tryOut(url: string): Promise<void> {
      const tab = await (await browser.newContext()).newPage();
      await tab.route("https://api.nasa.gov/**", (route) => {
        const key = new URL(route.request().url()).searchParams.get("api_key") ?? "";
        tried.asked.push(key);
        const headers = { "access-control-allow-origin": "*", "content-type": "application/json" };
        const [status, body] = key === nasaKeys[0] ? [200, { title: "Pillars of Creation" }] : [403, {}];
        return route.fulfill({ status, headers, body: JSON.stringify(body) });
      });
      const look = async (): Promise<string> => {
        await tab.goto(url);
        await tab
          .getByText(/^(?!Loading$)./)
          .first()
          .waitFor();
        return await tab.locator("body").innerText();
      };
      tried.shown = await look();
      tried.holding = holding(join(you.at, "dist"), nasaKeys[0] ?? "");
      expect(await you.run(named("devkey revoke"))).toMatchObject({ code: 0 });
      tried.revoked = await look();
      const [code = ""] = /\b[A-Z2-7]{16}\b/.exec(tried.revoked) ?? [];
      tried.trace = (await you.run(named("arc show").replace("CODE", code))).said;
      await tab.context().close();
    }

    it("tries it in the browser: the key is in the request, and in no file", () => {
      expect(tried).toMatchObject({ shown: "Pillars of Creation", asked: [nasaKeys[0]], holding: [] });
    });

    it("is shown a code once the development key is revoked, and the code's trace says why", () => {
      expect(tried.revoked).toMatch(/^This app could not be verified\. Code [A-Z2-7]{16}$/);
      expect(tried.trace).toContain("development_key_revoked");
    });

    it("has both native projects with what the agent reads, and what is shipped holds nothing of the trial", () => {
      const configuration = you.own.get("cs1~…") ?? "";
      const read = (path: string): string => readFileSync(join(you.at, path), "utf8");
      expect(read("android/app/src/main/AndroidManifest.xml")).toContain(
        `<meta-data android:name="dev.countersign.CONFIGURATION" android:value="${configuration}"/>`,
      );
      expect(read("ios/gallery/Info.plist")).toMatch(
        new RegExp(`<key>CountersignConfiguration</key>\\s*<string>${configuration}</string>`),
      );
      expect(read("ios/gallery/gallery.entitlements")).toMatch(/appattest-environment<\/key>\s*<string>production</);
      for (const out of ["android", "ios", "dist"])
        for (const text of [...nasaKeys, you.own.get("csd1~…") ?? "", you.own.get("csd_…") ?? ""])
          expect([out, holding(join(you.at, out), text)]).toEqual([out, []]);
    });

    it("has exported for Android, iOS and the web what names the project and the placeholder", () => {
      const platforms = artefactsOf(join(you.at, "dist")).map((file) => /_expo\/static\/js\/(\w+)\//.exec(file)?.[1]);
      expect(new Set(platforms)).toEqual(new Set(["android", "ios", "web", undefined]));
      expect(holding(join(you.at, "dist"), you.own.get("cs-nasa-api-key-…") ?? "").length).toBeGreaterThanOrEqual(3);
    });

    it("has a compiler that knows the packages' types", async () => {
      writeFileSync(
        join(you.at, "wrong.ts"),
        'import { createReactNativePorts } from "@countersign/react-native";\ncreateReactNativePorts({ configuration: 7 });\n',
      );
      const { code, said: errors } = await you.run("npx tsc --noEmit");
      rmSync(join(you.at, "wrong.ts"));
      expect(code).not.toBe(0);
      expect(errors).toMatch(/wrong\.ts\(2,.*TS2322|TS2741/);
    });
  },
);
