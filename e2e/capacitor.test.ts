import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  memoryStorage,
  nodeChannelTransport,
  nodeServiceTransport,
  nodeSocketTransport,
} from "@countersign/client/node";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { appOrigin, type Container, openContainer } from "../testing/capacitor-container.ts";
import { createNativeHalf, type NativeHalf } from "../testing/native-half.ts";
import { requireAll } from "../testing/vectors.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isAbsent = !existsSync(executablePath);
const folder = mkdtempSync(join(tmpdir(), "capacitor-"));

/** What an app writes, as the guide has it. */
const program = `
import { createAgent } from "@countersign/client";
import { protect } from "@countersign/client/interceptors";
import { createCapacitorPorts } from "@countersign/capacitor";

globalThis.begin = async (configuration) => {
  const app = { id: "astropiks", version: "1.0", build: "1" };
  const agent = createAgent({ configuration, ports: await createCapacitorPorts({ configuration, app }) });
  protect(agent);
  globalThis.agent = agent;
};`;

async function bundle(): Promise<string> {
  const made = await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL("../packages/capacitor", import.meta.url)) },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    conditions: ["@countersign/source", "import"],
    target: "es2022",
  });
  return made.outputFiles[0]?.text ?? "";
}

interface PageGlobal {
  begin(configuration: string): Promise<void>;
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
      browser = await chromium.launch({ executablePath, args: [...args, "--disable-sync", "--disable-quic"] });
    });
    afterAll(async () => {
      await browser?.close();
      await world?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    async function open(isComplete = true): Promise<Container & { readonly half: NativeHalf }> {
      const device = world.devices.pixel();
      const { configuration } = world.project;
      const store = { trustedCas: [world.standInCa] };
      const half = createNativeHalf({
        device,
        storage: memoryStorage(),
        service: nodeServiceTransport({ configuration }),
        channel: nodeChannelTransport(store),
        sockets: nodeSocketTransport(store),
      });
      const { version, build: number } = device.app;
      const identity = { platform: "android", version, build: number, bundle: null } as const;
      const container = await openContainer(await browser.newContext(), {
        bridge: isComplete ? half.bridge : null,
        identity,
        html: "<title>gallery</title>",
      });
      await container.page.addScriptTag({ content: script });
      return { ...container, half };
    }

    it("carries a whole session: the app's own fetch gets what the key is for, attested by the phone", async () => {
      const { page, calls, half } = await open();
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
      expect(new Set(calls)).toEqual(new Set([...calls].filter((name) => !name.startsWith("refused:"))));
      expect(calls).toEqual(
        expect.arrayContaining(["identity", "enrol", "prove", "observe", "send", "receive", "write"]),
      );
      expect(half.crossed.length).toBeGreaterThan(0);
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

    it("without its native half says so, and is not taken for a page", async () => {
      const { page } = await open(false);
      const said = await page.evaluate(
        (configuration) => (globalThis as unknown as PageGlobal).begin(configuration).then(String, String),
        world.project.configuration,
      );
      expect(said).toContain("npx cap sync");
      await page.context().close();
    });

    it("answers no frame but the main one of its own origin", async () => {
      const { page, calls } = await open();
      await page.evaluate(async (src) => {
        const frame = document.createElement("iframe");
        frame.src = src;
        const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
        document.body.append(frame);
        await loaded;
      }, `${appOrigin}/frame`);
      const frame = page.frames().find((each) => each !== page.mainFrame());
      const said = await frame?.evaluate(async () => {
        const { Capacitor } = globalThis as unknown as {
          Capacitor: { nativePromise(plugin: string, method: string, of: object): Promise<unknown> };
        };
        return Capacitor.nativePromise("Countersign", "observe", {}).then(
          () => "answered",
          (error: { code: string }) => error.code,
        );
      });
      expect([said, calls]).toEqual(["UNIMPLEMENTED", ["refused:observe"]]);
      await page.context().close();
    });
  },
);
