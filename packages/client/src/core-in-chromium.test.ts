import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../../../testing/vectors.ts";
import type { Agent } from "./agent.ts";
import { bundle } from "./testing/bundle-core.ts";
import { chromiumIsAbsent, launchChromium } from "./testing/chromium-world.ts";
import { FakeService } from "./testing/fake-service.ts";
import { createNasaProject } from "./testing/test-agent.ts";

/** What the page does; every port but the bridge to the service and the API is the browser's own. */
const pageScript = `
import { ChannelError, createAgent, createAborter } from "./index.ts";
import { webClock, webKeys, webRandomness, webStorage, webTimers } from "./web/index.ts";
const bridge = globalThis;
export function start(configuration, project) {
  return createAgent({
    configuration,
    options: { watch: false },
    ports: {
      app: { id: "astropiks", version: "1.0.0", build: "1" },
      keys: webKeys({ project }),
      detectors: { observe: async () => ({ detectors: {}, seen: [] }) },
      randomness: webRandomness(),
      clock: webClock(),
      timers: webTimers(),
      storage: webStorage(),
      service: {
        origin: "https://countersign.test",
        send: async (request) => {
          const answer = await bridge.serviceSend(request);
          return { ...answer, body: Uint8Array.from(answer.body) };
        },
        watch: async () => {},
        relay: async () => { throw new ChannelError("network", "no broker"); },
      },
      channel: {
        send: async ({ host, target }) => {
          const body = await bridge.upstream(host, target);
          return { status: 200, headers: [], body: (async function* () { yield Uint8Array.from(body); })() };
        },
      },
    },
  });
}
export async function keyIsExtractable() {
  const open = indexedDB.open("countersign-keys");
  const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
  const all = database.transaction("values").objectStore("values").getAll();
  const kept = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); });
  const exported = await crypto.subtle.exportKey("pkcs8", kept[0].privateKey).then(() => true, () => false);
  return { count: kept.length, extractable: kept[0].privateKey.extractable, exported };
}
`;

/** What the bundle leaves in the page. */
interface PageGlobal {
  readonly countersign: {
    start(configuration: string, project: string): Agent;
    keyIsExtractable(): Promise<{ count: number; extractable: boolean; exported: boolean }>;
  };
}

if (chromiumIsAbsent && requireAll) {
  it("Chromium is present", () => {
    expect(chromiumIsAbsent).toBe(false);
  });
}

describe.skipIf(chromiumIsAbsent)("the core in Chromium (needs chromium at CHROMIUM_PATH or /usr/bin/chromium)", () => {
  let browser: Browser;
  let script = "";

  beforeAll(async () => {
    script = await bundle(pageScript);
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function openPage(service: FakeService, targets: string[]): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    await page.route("https://app.test/**", (route) =>
      route.fulfill({ contentType: "text/html", body: "<title>app</title>" }),
    );
    await page.exposeFunction("serviceSend", async (request: { path: string; body: string | null }) => {
      const answer = await service.send(request);
      return { ...answer, body: [...answer.body] };
    });
    await page.exposeFunction("upstream", (host: string, target: string) => {
      targets.push(host + target);
      return [...Buffer.from("picture")];
    });
    await page.goto("https://app.test/");
    await page.addScriptTag({ content: script });
    return page;
  }

  it("enrols with a WebCrypto key that cannot be exported, fetches, and goes on with the same key after a reload", async () => {
    const project = createNasaProject();
    const service = new FakeService(project, () => Date.now());
    const targets: string[] = [];
    const page = await openPage(service, targets);
    const run = async (): Promise<{ text: string; phase: string; shown: string }> =>
      page.evaluate(
        async ({ configuration, id, url }) => {
          const agent = (globalThis as unknown as PageGlobal).countersign.start(configuration, id);
          const response = await agent.fetch(url);
          const text = await response.text();
          const state = agent.state();
          agent.stop();
          return { text, phase: state.phase, shown: JSON.stringify([state, response.url]) };
        },
        {
          configuration: project.configuration(),
          id: project.project,
          url: `https://api.nasa.gov/planetary/apod?api_key=${project.placeholder("nasa")}`,
        },
      );
    expect(await run()).toMatchObject({ text: "picture", phase: "session" });
    await page.reload();
    await page.addScriptTag({ content: script });
    const second = await run();
    expect(second).toMatchObject({ text: "picture", phase: "session" });
    expect(second.shown).not.toContain("nasa-VALUE");
    expect(targets).toEqual(
      Array.from({ length: 2 }, () => "api.nasa.gov/planetary/apod?api_key=nasa-VALUE-0123456789"),
    );
    expect(service.paths()).toEqual(["/v1/challenges", "/v1/instances", "/v1/sessions"]);
    const key = await page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.keyIsExtractable());
    expect(key).toEqual({ count: 1, extractable: false, exported: false });
  });
});
