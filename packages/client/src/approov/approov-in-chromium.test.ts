import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../../../../testing/vectors.ts";
import { bundle } from "../testing/bundle-core.ts";
import { chromiumIsAbsent, launchChromium, openChromiumWorld } from "../testing/chromium-world.ts";

/** An app's start as the other product has it, in strict mode. */
const pageScript = `
import { createElement as h, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createAgent } from "./index.ts";
import { ApproovMonitor, ApproovProvider, createApproovService, useApproov } from "./approov/index.ts";
import { createWebPorts } from "./web/index.ts";
const lines = [];
let made = 0;
export const service = createApproovService({
  createAgent: (configuration) => {
    made += 1;
    const app = { id: "astropiks", version: "1.0.0", build: "1" };
    return createAgent({ configuration, ports: createWebPorts({ configuration, app }), options: { watch: false } });
  },
  log: (_level, text) => lines.push(text),
});
function Shown() {
  const { approovReady, approovError } = useApproov();
  return h("p", null, String(approovReady) + " " + (approovError === null ? "none" : approovError.status));
}
export function mount(config) {
  const root = createRoot(document.getElementById("root"));
  const onInit = () => service.setBindingHeader("Authorization");
  root.render(h(StrictMode, null, h(ApproovProvider, { service, config, onInit }, h(Shown), h(ApproovMonitor))));
}
export const look = () => ({ shown: document.getElementById("root").textContent, lines, made });
`;

interface PageGlobal {
  readonly countersign: {
    mount(config: string): void;
    look(): { readonly shown: string; readonly lines: string[]; readonly made: number };
  };
}

if (chromiumIsAbsent && requireAll) {
  it("Chromium is present", () => {
    expect(chromiumIsAbsent).toBe(false);
  });
}

describe.skipIf(chromiumIsAbsent)(
  "the facade in Chromium (needs chromium at CHROMIUM_PATH or /usr/bin/chromium)",
  () => {
    let browser: Browser;
    let script = "";

    beforeAll(async () => {
      script = await bundle(pageScript);
      browser = await launchChromium();
    });
    afterAll(() => browser.close());

    const mounted = async (config: (own: string) => string, until: string) => {
      const world = await openChromiumWorld(browser, script, '<div id="root"></div>');
      const own = config(world.configuration);
      await world.page.evaluate((text) => (globalThis as unknown as PageGlobal).countersign.mount(text), own);
      await world.page.waitForFunction((text) => document.body.textContent?.includes(text), until);
      const look = () => world.page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.look());
      return { world, looked: await look() };
    };

    it("the provider initializes one agent after onInit, tells components and the log, and the page's fetch is protected", async () => {
      const { world, looked } = await mounted((own) => own, "true none");
      expect(looked.made).toBe(1);
      expect(looked.lines.filter((line) => line.includes("setBindingHeader has no effect"))).toHaveLength(1);
      expect(looked.lines).toContain("ApproovProvider: starting");
      expect(looked.lines.at(-1)).toBe("ApproovProvider: ready");
      expect(world.service.paths()).toEqual([]);
      const text = await world.page.evaluate((url) => fetch(url).then((response) => response.text()), world.url);
      expect(text).toBe("picture");
      expect(world.seen[0]?.url()).toContain("api_key=nasa-VALUE-0123456789");
      await world.close();
    });

    it("a configuration that is none is shown as the error, and leaves no agent", async () => {
      const { world, looked } = await mounted(() => "#account#key", "false NOT_INITIALIZED");
      expect(looked.lines.at(-1)).toMatch(/^ApproovProvider: error: /);
      await world.close();
    });
  },
);
