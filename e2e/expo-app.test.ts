import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import {
  memoryStorage,
  nodeChannelTransport,
  nodeServiceTransport,
  nodeSocketTransport,
} from "@countersign/client/node";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { artefactsOf, holding } from "../testing/artefacts.ts";
import { createNativeHalf, type NativeHalf } from "../testing/native-half.ts";
import { requireAll } from "../testing/vectors.ts";

const root = join(import.meta.dirname, "..");
const app = join(root, "examples/astropiks/app");
const expo = join(app, "node_modules/expo/bin/cli");
const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isAbsent = !existsSync(expo) || !existsSync(executablePath);
const folder = mkdtempSync(join(tmpdir(), "expo-app-"));
const hardCoded = "nasa-key-in-the-app-5Wq0nV8sTzL2";

/** Builds the app as its maker would; gives the folder of its artefacts. A development project's string goes into builds for development alone. */
function build(
  name: string,
  platforms: readonly string[],
  environment: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): string {
  const out = join(folder, name);
  // Metro keeps what it made of a file by the file alone: with another environment it would give what the last one asked for.
  const cache = join(folder, `${name}-cache`);
  mkdirSync(cache);
  const chosen = platforms.flatMap((platform) => ["--platform", platform]);
  execFileSync(process.execPath, [expo, "export", ...chosen, ...options, "--output-dir", out], {
    cwd: app,
    env: {
      ...process.env,
      ...environment,
      TMPDIR: cache,
      CI: "1",
      EXPO_OFFLINE: "1",
      EXPO_NO_TELEMETRY: "1",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  return out;
}

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

if (isAbsent && requireAll) {
  it("the app's own packages are installed, and Chromium is present", () => {
    expect(isAbsent).toBe(false);
  });
}

describe.skipIf(isAbsent)(
  "AstroPiks as an Expo app (needs `npm ci --prefix examples/astropiks/app`, and chromium at CHROMIUM_PATH or /usr/bin/chromium)",
  () => {
    let world: DemoWorld;
    let built = "";
    let bench = "";
    let control = "";

    beforeAll(async () => {
      world = await createDemoWorld({ folder: join(folder, "data"), port: 0, tls: false });
      execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "packages/react-native"], {
        cwd: root,
      });
      const api = `https://${world.standIn.host}:${world.standIn.port}`;
      const settings = { EXPO_PUBLIC_NASA_API: api, EXPO_PUBLIC_NASA_API_KEY: world.placeholder };
      const { configuration } = world.project;
      const shipped = { ...settings, EXPO_PUBLIC_COUNTERSIGN: configuration.replace("csd1~", "cs1~") };
      built = build("built", ["android", "ios", "web"], shipped);
      bench = build("bench", ["web"], { ...settings, EXPO_PUBLIC_COUNTERSIGN: configuration }, ["--dev"]);
      control = build("control", ["android", "web"], { EXPO_PUBLIC_NASA_API_KEY: hardCoded });
    }, 600_000);
    afterAll(async () => {
      await world?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("is type-correct against React Native's and Expo's own types", () => {
      execFileSync(process.execPath, [join(app, "node_modules/typescript/bin/tsc"), "--noEmit"], { cwd: app });
    });

    it("is exported for Android and iOS as current Hermes bytecode, and for the web", () => {
      const bytecode = artefactsOf(built).filter((file) => file.endsWith(".hbc"));
      expect(bytecode.map((file) => readFileSync(file).subarray(0, 8).toString("hex"))).toEqual([
        "c61fbc03c103191f",
        "c61fbc03c103191f",
      ]);
      expect(artefactsOf(built).some((file) => extname(file) === ".html")).toBe(true);
    });

    it("holds no key in any artefact; the form with the key written into it holds it on every platform", () => {
      for (const key of world.apiKeys()) for (const out of [built, bench]) expect(holding(out, key)).toEqual([]);
      expect(new Set(holding(control, hardCoded).map((file) => extname(file)))).toEqual(new Set([".hbc", ".js"]));
      expect(holding(built, world.placeholder).length).toBeGreaterThan(0);
    });

    describe("its web build in Chromium, with a virtual device for the phone", () => {
      let browser: Browser;
      let pages: Server;
      let half: NativeHalf;

      beforeAll(async () => {
        pages = createServer((request, response) => {
          const name = (request.url ?? "/").split("?")[0] ?? "/";
          const file = join(bench, name === "/" ? "index.html" : name);
          if (!existsSync(file)) return void response.writeHead(404).end();
          response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
          response.end(readFileSync(file));
        });
        await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
        const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
        browser = await chromium.launch({ executablePath, args: [...args, "--disable-sync", "--disable-quic"] });
      });
      afterAll(async () => {
        await browser?.close();
        pages?.closeAllConnections();
        pages?.close();
      });

      async function open(trouble?: string): Promise<{ readonly page: Page; readonly errors: readonly string[] }> {
        const device = world.devices.pixel();
        if (trouble !== undefined) device.see({ name: trouble, count: 1, ageSeconds: 0 });
        const { configuration } = world.project;
        const store = { trustedCas: [world.standInCa] };
        half = createNativeHalf({
          device,
          storage: memoryStorage(),
          service: nodeServiceTransport({ configuration }),
          channel: nodeChannelTransport(store),
          sockets: nodeSocketTransport(store),
          project: world.project.id,
        });
        const page = await (await browser.newContext()).newPage();
        const errors: string[] = [];
        page.on("pageerror", (error) => errors.push(String(error)));
        const calls = half.bridge as unknown as Readonly<Record<string, (of: unknown) => Promise<unknown>>>;
        await page.exposeFunction("nativeHalf", async (name: string, of: unknown) =>
          calls[name]?.(of).then(
            (value) => ({ value: value ?? {} }),
            ({ code }: { readonly code?: string }) => ({ fault: { code } }),
          ),
        );
        const { version, build: number } = device.app;
        const identity = { platform: "android", version, build: number, bundle: null };
        await page.addInitScript(
          ({ names, identity }) => {
            const scope = globalThis as unknown as {
              nativeHalf(name: string, of: unknown): Promise<unknown>;
              expo: object;
            };
            const text = (bytes: Uint8Array): string =>
              btoa(String.fromCharCode(...bytes))
                .replaceAll("+", "-")
                .replaceAll("/", "_")
                .replaceAll("=", "");
            const module = Object.fromEntries(names.map((name) => [name, (of: unknown) => scope.nativeHalf(name, of)]));
            const atOnce = {
              identity: () => identity,
              randomBytes: (length: number) => text(crypto.getRandomValues(new Uint8Array(length))),
              continuousMs: () => performance.now(),
            };
            scope.expo = { modules: { Countersign: { ...module, ...atOnce } } };
          },
          { names: Object.keys(half.bridge), identity },
        );
        await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
        return { page, errors };
      }

      it("attests, and shows the pictures that its key is for", async () => {
        const { page, errors } = await open();
        const pictures = page.getByRole("button", { name: /\d{4}-\d\d-\d\d/ });
        await pictures.first().waitFor();
        expect(await pictures.count()).toBe(5);
        expect(errors).toEqual([]);
        expect(world.standIn.seen().filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(5);
        await page.context().close();
      });

      it("asks the native half every promise of its contract, and shows what came of each", async () => {
        const { page, errors } = await open();
        await page.getByRole("button", { name: "Check this phone" }).click();
        await page.getByText(/^(Nothing|Something) is broken$/).waitFor();
        expect(await page.getByText(/^✓ /).count()).toBeGreaterThan(20);
        expect([await page.getByText(/^✗ /).count(), errors]).toEqual([0, []]);
        await page.context().close();
      });

      it("on a hooked phone shows a code for support, and sends no key", async () => {
        const before = world.standIn.seen().length;
        const { page } = await open("hook");
        await page.getByRole("alert").waitFor();
        expect(await page.getByRole("alert").innerText()).toMatch(/could not be verified\. Code [A-Z2-7]{16}$/);
        expect(world.standIn.seen().length).toBe(before);
        for (const key of world.apiKeys()) expect(half.crossed.filter((text) => text.includes(key))).toEqual([]);
        await page.context().close();
      });
    });
  },
);
