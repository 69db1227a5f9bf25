import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { artefactsOf, holding } from "../testing/artefacts.ts";
import { packWorkspace, startRegistry } from "../testing/package-registry.ts";
import { createReader, namedCommand, type Reader, stepsUpTo } from "../testing/reader.ts";
import { requireAll } from "../testing/vectors.ts";

const page = "docs/guides/react-native.md";
const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isAbsent = !existsSync(executablePath);
const folder = mkdtempSync(join(tmpdir(), "newcomer-"));
const app = join(folder, "gallery");
/** NASA's keys that the reader has: one to try with, one that is shipped. */
const [triedKey, shippedKey] = ["nasa-key-to-try-with-0001", "nasa-key-that-is-shipped-0002"] as const;

/** The reader's environment: the machine's own npm, the project's Node, a registry for its packages, and nothing else of it. */
function environment(registry: Server): Readonly<Record<string, string>> {
  const home = join(folder, "home");
  for (const name of [home, join(folder, "tmp")]) mkdirSync(name);
  const theirs = join(homedir(), ".npmrc");
  const kept = existsSync(theirs) ? readFileSync(theirs, "utf8") : "";
  const { port } = registry.address() as AddressInfo;
  writeFileSync(join(home, ".npmrc"), `${kept}\n@countersign:registry=http://127.0.0.1:${port}/\n`);
  // How this machine reaches a registry is the machine's: an authority, a proxy.
  const network = Object.entries(process.env).filter(([name]) =>
    /^(?:NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|(?:https?|no)_proxy)$/i.test(name),
  );
  const path = (process.env.PATH ?? "").split(":").filter((part) => !part.includes("node_modules"));
  return {
    ...(Object.fromEntries(network) as Record<string, string>),
    HOME: home,
    PATH: [join(folder, "global/bin"), dirname(process.execPath), ...path].join(":"),
    LANG: "C.UTF-8",
    // Metro keeps what it made there, of whatever project.
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
    // npm's own five minutes for an answer are the half of what this test has.
    npm_config_fetch_timeout: "30000",
    npm_config_fetch_retries: "4",
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

type Json = { readonly [name: string]: unknown };

/** Settings beside those that are there: members join, all else is put in the place of what was. */
function merge(there: Json, more: Json): Json {
  const isObject = (value: unknown): value is Json =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const merged = Object.entries(more).map(([name, value]) => {
    const before = there[name];
    return [name, isObject(before) && isObject(value) ? merge(before, value) : value];
  });
  return { ...there, ...Object.fromEntries(merged) };
}

if (isAbsent && requireAll) {
  it("Chromium is present", () => {
    expect(isAbsent).toBe(false);
  });
}

describe.skipIf(isAbsent)(
  "a newcomer with docs/guides/react-native.md (needs chromium at CHROMIUM_PATH or /usr/bin/chromium, and npm's registry)",
  () => {
    let registry: Server;
    let you: Reader;
    let browser: Browser;
    /** What a reader puts in place of what stands in the page. */
    const own = new Map<string, string>();
    /** What was seen of the web build, at the moments that the page speaks of. */
    const tried = { shown: "", asked: [] as string[], holding: [""] as readonly string[], revoked: "", trace: "" };

    const put = (text: string): string => [...own].reduce((made, [there, here]) => made.replaceAll(there, here), text);
    const read = (path: string): string => readFileSync(join(app, path), "utf8");

    beforeAll(async () => {
      registry = await startRegistry(packWorkspace(folder, ["@countersign/cli", "@countersign/react-native"]));
      you = createReader(environment(registry));
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
      let at = folder;
      const keys: string[] = [triedKey, shippedKey];
      for (const step of stepsUpTo("Without Expo", page)) {
        if (step.kind === "file") writeFileSync(join(at, step.path), put(step.text));
        else if (step.kind === "settings") {
          const merged = merge(JSON.parse(readFileSync(join(at, "app.json"), "utf8")), JSON.parse(step.text));
          writeFileSync(join(at, "app.json"), JSON.stringify(merged));
        } else if (step.line.startsWith("cd ")) at = join(at, step.line.slice("cd ".length));
        else if (step.line === "countersign serve") await serve(at);
        else if (step.line.startsWith("npx expo serve")) {
          await you.begin(put(step.line), at, /http:\/\/localhost:\d+/);
          await tryOut(`http://localhost:${own.get("8081")}/`);
        } else await give(step.line, at, keys);
      }
    }

    /** The service, on a port that is free here; another is for the page. */
    async function serve(at: string): Promise<void> {
      const origin = await you.begin("countersign serve --port 0 --json", at, /"origin":"[^"]*"/);
      own.set("8400", new URL((JSON.parse(`{${origin}}`) as { readonly origin: string }).origin).port);
      own.set("8081", String(await freePort()));
    }

    async function give(line: string, at: string, keys: string[]): Promise<void> {
      const token = (): string => readFileSync(join(folder, ".countersign/bootstrap-token"), "utf8");
      const input = line.includes(" login ") ? token() : line.includes(" secret set ") ? (keys.shift() ?? "") : "";
      const { code, said } = await you.run(put(line), at, input);
      expect([line, code, said]).toEqual([line, 0, expect.any(String)]);
      for (const [there, pattern] of [
        ["csd1~…", /\bcsd1~\S+/],
        ["cs1~…", /\bcs1~\S+/],
        ["csd_…", /\bcsd_[\w-]{43}/],
        ["cs-nasa-api-key-…", /\bcs-nasa-api-key-[a-z2-7]{10}\b/],
      ] as const) {
        const [printed] = pattern.exec(said) ?? [];
        if (printed !== undefined) own.set(there, printed);
      }
    }

    /** The page in Chromium, where NASA's API answers whoever brings the first key; then again without the development key. */
    async function tryOut(url: string): Promise<void> {
      const tab = await (await browser.newContext()).newPage();
      await tab.route("https://api.nasa.gov/**", (route) => {
        const key = new URL(route.request().url()).searchParams.get("api_key") ?? "";
        tried.asked.push(key);
        const headers = { "access-control-allow-origin": "*", "content-type": "application/json" };
        const [status, body] = key === triedKey ? [200, { title: "Pillars of Creation" }] : [403, {}];
        return route.fulfill({ status, headers, body: JSON.stringify(body) });
      });
      const look = async (): Promise<string> => {
        await tab.goto(url);
        await tab
          .getByText(/^(?!Loading$)./)
          .first()
          .waitFor();
        return tab.locator("body").innerText();
      };
      tried.shown = await look();
      tried.holding = holding(join(app, "dist"), triedKey);
      expect(await you.run(namedCommand("countersign devkey revoke", page), folder)).toMatchObject({ code: 0 });
      tried.revoked = await look();
      const [code = ""] = /\b[A-Z2-7]{16}\b/.exec(tried.revoked) ?? [];
      const show = namedCommand("countersign arc show CODE --project trial", page).replace("CODE", code);
      tried.trace = (await you.run(show, folder)).said;
      await tab.context().close();
    }

    it("tries it in the browser: the key is in the request, and in no file", () => {
      expect(tried).toMatchObject({ shown: "Pillars of Creation", asked: [triedKey], holding: [] });
    });

    it("is shown a code once the development key is revoked, and the code's trace says why", () => {
      expect(tried.revoked).toMatch(/^This app could not be verified\. Code [A-Z2-7]{16}$/);
      expect(tried.trace).toContain("development_key_revoked");
    });

    it("has both native projects with what the agent reads, and what is shipped holds nothing of the trial", () => {
      const configuration = own.get("cs1~…") ?? "";
      expect(configuration).toMatch(/^cs1~/);
      expect(read("android/app/src/main/AndroidManifest.xml")).toContain(
        `<meta-data android:name="dev.countersign.CONFIGURATION" android:value="${configuration}"/>`,
      );
      expect(read("ios/gallery/Info.plist")).toMatch(
        new RegExp(`<key>CountersignConfiguration</key>\\s*<string>${configuration}</string>`),
      );
      expect(read("ios/gallery/gallery.entitlements")).toMatch(/appattest-environment<\/key>\s*<string>production</);
      for (const out of ["android", "ios", "dist"])
        for (const text of [triedKey, shippedKey, own.get("csd1~…") ?? "", own.get("csd_…") ?? ""])
          expect([out, holding(join(app, out), text)]).toEqual([out, []]);
    });

    it("has exported for Android, iOS and the web what names the project and the placeholder", () => {
      const platforms = artefactsOf(join(app, "dist")).map((file) => /_expo\/static\/js\/(\w+)\//.exec(file)?.[1]);
      expect(new Set(platforms)).toEqual(new Set(["android", "ios", "web", undefined]));
      expect(holding(join(app, "dist"), own.get("cs-nasa-api-key-…") ?? "").length).toBeGreaterThanOrEqual(3);
    });

    it("has a compiler that knows the packages' types", async () => {
      const wrong =
        'import { createReactNativePorts } from "@countersign/react-native";\ncreateReactNativePorts({ configuration: 7 });\n';
      writeFileSync(join(app, "wrong.ts"), wrong);
      const { code, said } = await you.run("npx tsc --noEmit", app);
      expect(code).not.toBe(0);
      expect(said).toMatch(/wrong\.ts\(2,\d+\): error TS(2322|2345|2741)/);
    });
  },
);
