import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { NativeBridge } from "@countersign/client/native";
import {
  memoryStorage,
  nodeChannelTransport,
  nodeServiceTransport,
  nodeSocketTransport,
} from "@countersign/client/node";
import { build } from "esbuild";
import { type Browser, chromium, type Frame, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import {
  appOrigin,
  type Container,
  type ContainerParts,
  containerFlags,
  openContainer,
} from "../testing/capacitor-container.ts";
import { blocksOf } from "../testing/guide.ts";
import { androidCases } from "../testing/native/page-cases.ts";
import { createNativeHalf, type NativeHalf } from "../testing/native-half.ts";
import { requireAll } from "../testing/vectors.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isAbsent = !existsSync(executablePath);
const folder = mkdtempSync(join(tmpdir(), "capacitor-"));

/** The guide's own lines, begun when the test says so and with its project. */
function program(): string {
  const [block = ""] = blocksOf("docs/guides/capacitor.md", "ts");
  const lines = block.replace("export const", "const").replace('"gallery"', '"astropiks"').split("\n");
  const isImport = (line: string): boolean => line.startsWith("import ");
  const body = lines.filter((line) => !isImport(line) && !line.startsWith("const configuration"));
  return `${lines.filter(isImport).join("\n")}
import { capacitorHalf } from "@countersign/capacitor";
import { checkNativeHalf } from "@countersign/client/native-check";
globalThis.check = async (configuration) => checkNativeHalf({ configuration, ...(await capacitorHalf()) });
globalThis.begin = async (configuration) => {
${body.join("\n")}
  globalThis.agent = agent;
};`;
}

async function bundle(): Promise<string> {
  const made = await build({
    stdin: { contents: program(), resolveDir: fileURLToPath(new URL("../packages/capacitor", import.meta.url)) },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    conditions: ["@countersign/source", "import"],
    target: "es2022",
  });
  return made.outputFiles[0]?.text ?? "";
}

/** Senders that the plugin's own code refuses, as testing/native/capacitor-android.test.ts runs it: `origin isMainFrame`. */
const refusedNatively = androidCases
  .filter(({ asked: [kind], said }) => kind === "page" && said === "false")
  .map(({ asked: [, origin, isMainFrame] }) => `${origin} ${isMainFrame}`);

interface PageGlobal {
  begin(configuration: string): Promise<void>;
  check(configuration: string): Promise<import("@countersign/client/native-check").NativeCheckReport>;
  readonly agent: import("@countersign/client").Agent;
}

if (isAbsent && requireAll) {
  it("Chromium is present", () => {
    expect(isAbsent).toBe(false);
  });
}

describe.skipIf(isAbsent)(
  "a Capacitor app over the platform's own bridge script (needs chromium at CHROMIUM_PATH or /usr/bin/chromium)",
  () => {
    let world: DemoWorld;
    let browser: Browser;
    let script = "";

    beforeAll(async () => {
      world = await createDemoWorld({ folder, port: 0, tls: false });
      script = await bundle();
      const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
      browser = await chromium.launch({
        executablePath,
        args: [...args, "--disable-sync", "--disable-quic", ...containerFlags],
      });
    });
    afterAll(async () => {
      await browser?.close();
      await world?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    async function open(
      change: Partial<ContainerParts> = {},
    ): Promise<Container & { readonly half: NativeHalf; readonly logged: readonly string[] }> {
      const device = world.devices.pixel();
      const { configuration } = world.project;
      const store = { trustedCas: [world.standInCa] };
      const half = createNativeHalf({
        device,
        project: world.project.id,
        storage: memoryStorage(),
        service: nodeServiceTransport({ configuration }),
        channel: nodeChannelTransport(store),
        sockets: nodeSocketTransport(store),
      });
      const { version, build: number } = device.app;
      const identity = { platform: "android", version, build: number, bundle: null } as const;
      const container = await openContainer(await browser.newContext(), {
        bridge: half.bridge,
        identity,
        html: "<title>gallery</title>",
        ...change,
      });
      const logged: string[] = [];
      container.page.on("console", (message) => logged.push(message.text()));
      await container.page.addScriptTag({ content: script });
      return { ...container, half, logged };
    }

    const begin = (page: Page): Promise<string> =>
      page.evaluate(
        (configuration) => (globalThis as unknown as PageGlobal).begin(configuration).then(() => "begun", String),
        world.project.configuration,
      );

    it("carries a whole session: the app's own fetch gets what the key is for, attested by the phone", async () => {
      const { page, calls, refused, half } = await open();
      const { host, port } = world.standIn;
      const url = `https://${host}:${port}/planetary/apod?api_key=${world.placeholder}&date=2026-01-02`;
      const said = await page.evaluate(
        async ([configuration = "", at = ""]) => {
          const scope = globalThis as unknown as PageGlobal;
          await scope.begin(configuration);
          const answer = await fetch(at);
          const { instance, phase, session } = scope.agent.state();
          return { status: answer.status, body: (await answer.json()) as unknown, instance, phase, session };
        },
        [world.project.configuration, url],
      );
      expect(said).toMatchObject({ status: 200, body: { media_type: "image" }, phase: "session" });
      expect(said.session?.secrets).toMatchObject([{ mode: "delivered" }]);
      expect(said.instance).toEqual(expect.any(String));
      expect(calls).toEqual(
        expect.arrayContaining(["identity", "enrol", "prove", "observe", "send", "receive", "write"]),
      );
      expect(refused).toEqual([]);
      expect(half.crossed.length).toBeGreaterThan(0);
      await page.context().close();
    });

    it("asks every promise of the native half over the plugin's channel, as the guide does on a phone", async () => {
      const { page } = await open();
      const { held, outcomes } = await page.evaluate(
        (configuration) => (globalThis as unknown as PageGlobal).check(configuration),
        world.project.configuration,
      );
      expect(outcomes.filter(({ outcome }) => outcome === "broken")).toEqual([]);
      expect([held, outcomes.length]).toEqual([true, expect.toSatisfy((count: number) => count > 20)]);
      await page.context().close();
    });

    it("has its broker use a key that neither page nor bridge ever holds", async () => {
      const { page, half } = await open();
      const { host, port } = world.standIn;
      const url = `https://${host}:${port}/planetary/apod?api_key=${world.brokeredPlaceholder}&date=2026-01-03`;
      const status = await page.evaluate(
        async ([configuration = "", at = ""]) => {
          await (globalThis as unknown as PageGlobal).begin(configuration);
          return (await fetch(at)).status;
        },
        [world.project.configuration, url],
      );
      expect(status).toBe(200);
      for (const key of world.apiKeys()) expect(half.crossed.filter((text) => text.includes(key))).toEqual([]);
      await page.context().close();
    });

    it("puts nothing of a session into what Capacitor's bridge carries and logs", async () => {
      const { page, general, logged } = await open();
      const { host, port } = world.standIn;
      const url = `https://${host}:${port}/planetary/apod?api_key=${world.placeholder}&date=2026-01-02`;
      expect(await begin(page)).toBe("begun");
      expect(await page.evaluate(async (at) => (await fetch(at)).status, url)).toBe(200);
      expect(general).toEqual([]);
      for (const key of world.apiKeys()) expect(logged.filter((text) => text.includes(key))).toEqual([]);
      await page.context().close();
    });

    it("keeps nothing of a session, and no connection for news, while nobody sees the app", async () => {
      const { page, half } = await open();
      const { host, port } = world.standIn;
      const url = `https://${host}:${port}/planetary/apod?api_key=${world.placeholder}&date=2026-01-02`;
      await begin(page);
      const see = (state: string): Promise<string> =>
        page.evaluate((visibility) => {
          Object.defineProperty(document, "visibilityState", { configurable: true, value: visibility });
          document.dispatchEvent(new Event("visibilitychange"));
          return (globalThis as unknown as PageGlobal).agent.state().phase;
        }, state);
      const get = (): Promise<boolean | string> =>
        page.evaluate(
          (at) => fetch(at).then(async (answer) => (await answer.text()).length > 0 && answer.ok, String),
          url,
        );
      expect(await get()).toBe(true);
      expect(await see("hidden")).toBe("background");
      await expect.poll(() => half.open()).toBe(0);
      expect(await get()).toContain("in the background");
      await see("visible");
      expect(await get()).toBe(true);
      await page.context().close();
    });

    it.each([
      ["was built without its native half", { bridge: null }, "npx cap sync"],
      ["has a WebView without such a channel", { opening: "webview_too_old" }, "Update Android System WebView"],
      ["is served from elsewhere than its package", { opening: "origin_refused" }, "server.url"],
    ] as const)("that %s says so, and is not taken for a page", async (_, change, advice) => {
      const { page, calls, general, logged } = await open(change);
      expect(await begin(page)).toContain(advice);
      const over = "bridge" in change ? [] : ["Countersign.opening"];
      expect([calls, general]).toEqual([[], over]);
      for (const call of over) expect(logged.join()).toContain(call);
      await page.context().close();
    });

    describe("whose agent is asked past its page's own script", () => {
      /** What any script of that frame could write. */
      const ask = (frame: Frame): Promise<unknown> =>
        frame.evaluate(() => {
          const scope = globalThis as unknown as {
            heard: string[];
            countersignBridge: {
              postMessage(text: string): void;
              addEventListener(type: string, listener: (event: { readonly data: string }) => void): void;
            };
          };
          scope.heard = [];
          scope.countersignBridge.addEventListener("message", ({ data }) => scope.heard.push(data));
          scope.countersignBridge.postMessage("7 observe {}");
        });
      const heardBy = (frame: Frame): Promise<readonly string[]> =>
        frame.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);

      async function frameOf(page: Page, attributes: Readonly<Record<string, string>>): Promise<Frame> {
        await page.evaluate(async (given) => {
          const frame = document.createElement("iframe");
          for (const [name, value] of Object.entries(given)) frame.setAttribute(name, value);
          const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
          document.body.append(frame);
          await loaded;
        }, attributes);
        const found = page.frames().find((each) => each !== page.mainFrame());
        if (found === undefined) throw new Error("no frame");
        return found;
      }

      it("answers the main frame of the app's own origin", async () => {
        const { page, calls } = await open();
        await ask(page.mainFrame());
        await expect.poll(() => heardBy(page.mainFrame())).toEqual([expect.stringMatching(/^7 \{"value":/)]);
        expect(calls).toEqual(["observe"]);
        await page.context().close();
      });

      it.each([
        ["a frame of its own origin", { src: `${appOrigin}/frame` }, appOrigin],
        ["a frame of another origin", { src: "https://other.example/" }, "https://other.example"],
        ["a frame of its own host at another port", { src: "https://localhost:8443/" }, "https://localhost:8443"],
        ["a sandboxed frame of its own origin", { src: `${appOrigin}/frame`, sandbox: "allow-scripts" }, "null"],
        ["a frame whose text stands in its own page", { srcdoc: "<p>", sandbox: "allow-scripts" }, "null"],
        ["a frame made of data", { src: "data:text/html,<p>" }, "null"],
      ] as const)("refuses %s", async (_, attributes, origin) => {
        const { page, calls, refused } = await open();
        const frame = await frameOf(page, attributes);
        await ask(frame);
        await expect.poll(() => refused).toEqual([`${origin} in a frame`]);
        expect(refusedNatively).toContain(`${origin} false`);
        expect([calls, await heardBy(frame)]).toEqual([[], []]);
        await page.context().close();
      });

      it.each([
        [
          "another origin in the main frame, as `allowNavigation` lets in",
          "https://other.example/",
          "https://other.example",
        ],
        ["the development server of somebody's network", "https://192.168.1.7:5173/", "https://192.168.1.7:5173"],
        ["its own page where that was sandboxed", `${appOrigin}/sandboxed`, "null"],
      ])("refuses %s", async (_, url, origin) => {
        const headers = { "/sandboxed": { "content-security-policy": "sandbox allow-scripts" } };
        const { page, calls, refused } = await open({ headers });
        await page.goto(url);
        await ask(page.mainFrame());
        await expect.poll(() => refused).toEqual([origin]);
        expect(refusedNatively).toContain(`${origin} true`);
        expect([calls, await heardBy(page.mainFrame())]).toEqual([[], []]);
        await page.context().close();
      });

      it("gives another page that was loaded meanwhile no answer of the one before", async () => {
        const { promise, resolve: answer } = Promise.withResolvers<{ detectors: object; seen: [] }>();
        const bridge = { observe: () => promise } as unknown as NativeBridge;
        const { page, calls, unheard } = await open({ bridge });
        await ask(page.mainFrame());
        await expect.poll(() => calls).toEqual(["observe"]);
        await page.goto("https://other.example/");
        answer({ detectors: {}, seen: [] });
        await expect.poll(() => unheard).toEqual([expect.stringMatching(/^7 /)]);
        await page.context().close();
      });
    });
  },
);
