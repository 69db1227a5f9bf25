import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../../../../testing/vectors.ts";
import type { Agent } from "../agent.ts";
import { bundle } from "../testing/bundle-core.ts";
import { chromiumIsAbsent, launchChromium, openChromiumWorld } from "../testing/chromium-world.ts";

/** An app as docs/guides/web.md has it, and an attacker's script in the same page. */
const pageScript = `
import { createAgent } from "./index.ts";
import { createWebPorts, openDatabase, wipeWhenHidden } from "./web/index.ts";
export function start(configuration) {
  const app = { id: "astropiks", version: "1.0.0", build: "1" };
  const agent = createAgent({ configuration, ports: createWebPorts({ configuration, app }), options: { watch: false } });
  globalThis.agent = agent;
  globalThis.endWiping = wipeWhenHidden(agent);
}
export async function fetchText(url) {
  const response = await globalThis.agent.fetch(url);
  return response.text();
}
/** As a sign-out does, or the browser's own "clear data". */
export async function clearData() {
  for (const { name } of await indexedDB.databases()) {
    const gone = indexedDB.deleteDatabase(name);
    await new Promise((resolve, reject) => {
      gone.onsuccess = resolve;
      gone.onblocked = () => reject(new Error("a connection to " + name + " stays open"));
    });
  }
}
/** Puts a text in a transaction that the browser gives up after the request went well, as it does where its disk is full. */
export async function putInVain() {
  const database = openDatabase("countersign-agent");
  await database.put("text", "before");
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...given) {
    const request = put.apply(this, given);
    request.addEventListener("success", () => request.transaction.abort());
    return request;
  };
  const end = await database.put("text", "after").then(() => "kept", () => "failed");
  IDBObjectStore.prototype.put = put;
  return end + " " + await database.get("text");
}
export async function tryToTakeKey() {
  const open = indexedDB.open("countersign-keys");
  const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
  const all = database.transaction("values").objectStore("values").getAll();
  const kept = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); });
  database.close();
  const { privateKey } = kept[0];
  const taken = [];
  for (const format of ["raw", "pkcs8", "jwk", "spki"]) {
    await crypto.subtle.exportKey(format, privateKey).then(() => taken.push(format), () => {});
  }
  const wrapping = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["wrapKey"]);
  const algorithm = { name: "AES-GCM", iv: new Uint8Array(12) };
  await crypto.subtle.wrapKey("pkcs8", privateKey, wrapping, algorithm).then(() => taken.push("wrapped"), () => {});
  return { count: kept.length, extractable: privateKey.extractable, usages: privateKey.usages, taken, shown: JSON.stringify(privateKey) };
}
`;

/** What the bundle leaves in the page. */
interface PageGlobal {
  readonly agent: Agent;
  readonly endWiping: () => void;
  readonly countersign: {
    start(configuration: string): void;
    fetchText(url: string): Promise<string>;
    clearData(): Promise<void>;
    putInVain(): Promise<string>;
    tryToTakeKey(): Promise<{ count: number; extractable: boolean; usages: string[]; taken: string[]; shown: string }>;
  };
}

if (chromiumIsAbsent && requireAll) {
  it("Chromium is present", () => {
    expect(chromiumIsAbsent).toBe(false);
  });
}

describe.skipIf(chromiumIsAbsent)(
  "the web entry in Chromium (needs chromium at CHROMIUM_PATH or /usr/bin/chromium)",
  () => {
    let browser: Browser;
    let script = "";

    beforeAll(async () => {
      script = await bundle(pageScript);
      browser = await launchChromium();
    });
    afterAll(() => browser.close());

    const startIn = async (world: Awaited<ReturnType<typeof openChromiumWorld>>): Promise<void> =>
      world.page.evaluate(
        (configuration) => (globalThis as unknown as PageGlobal).countersign.start(configuration),
        world.configuration,
      );
    const fetchIn = (world: Awaited<ReturnType<typeof openChromiumWorld>>): Promise<string> =>
      world.page.evaluate((url) => (globalThis as unknown as PageGlobal).countersign.fetchText(url), world.url);

    it("keeps one private key that no script of the page can take, and goes on with it after a reload", async () => {
      const world = await openChromiumWorld(browser, script);
      await startIn(world);
      expect(await fetchIn(world)).toBe("picture");
      const look = () => world.page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.tryToTakeKey());
      const instance = () => world.page.evaluate(() => (globalThis as unknown as PageGlobal).agent.state().instance);
      const kept = { count: 1, extractable: false, usages: ["sign"], taken: [], shown: "{}" };
      expect(await look()).toEqual(kept);
      const before = await instance();
      expect(before).toMatch(/^[\w-]{22}$/);

      await world.page.reload();
      await world.page.addScriptTag({ content: script });
      await startIn(world);
      expect(await fetchIn(world)).toBe("picture");
      expect([await instance(), await look()]).toEqual([before, kept]);
      expect(world.service.paths()).toEqual(["/v1/challenges", "/v1/instances", "/v1/sessions"]);
      await world.close();
    });

    it("sends an API neither cookies nor the page's address; what it sends, any script of the page can read", async () => {
      const world = await openChromiumWorld(browser, script);
      await world.page
        .context()
        .addCookies([
          { name: "session", value: "1", domain: "api.nasa.gov", path: "/", sameSite: "None", secure: true },
        ]);
      await startIn(world);
      await fetchIn(world);
      const [request] = world.seen;
      expect(request?.url()).toContain("api_key=nasa-VALUE-0123456789");
      const headers = await request?.allHeaders();
      expect(headers).not.toHaveProperty("cookie");
      expect(headers).not.toHaveProperty("referer");
      const timed = await world.page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
      expect(timed.join("\n")).toContain("api_key=nasa-VALUE-0123456789");
      await world.close();
    });

    it("shows an API that does not allow the page's origin as one that cannot be reached: CORS is the API's to give", async () => {
      const world = await openChromiumWorld(browser, script);
      world.allowOrigin = "https://elsewhere.test";
      await startIn(world);
      const code = await world.page.evaluate(
        (url) =>
          (globalThis as unknown as PageGlobal).countersign.fetchText(url).then(
            () => "fetched",
            (error: { code?: string }) => error.code,
          ),
        world.url,
      );
      expect(code).toBe("network_failed");
      await world.close();
    });

    it.each(["a script of the page", "the browser"])(
      "goes on when its data is cleared under it by %s, with another key: no open connection holds that up",
      async (who) => {
        const world = await openChromiumWorld(browser, script);
        await startIn(world);
        await fetchIn(world);
        const instance = () => world.page.evaluate(() => (globalThis as unknown as PageGlobal).agent.state().instance);
        const before = await instance();
        if (who === "the browser") {
          const devTools = await world.page.context().newCDPSession(world.page);
          await devTools.send("Storage.clearDataForOrigin", { origin: "https://app.test", storageTypes: "indexeddb" });
        } else await world.page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.clearData());
        await world.page.evaluate(() => (globalThis as unknown as PageGlobal).agent.refresh());
        expect(await fetchIn(world)).toBe("picture");
        const after = await instance();
        expect(after).not.toBe(before);
        await world.page.reload();
        await world.page.addScriptTag({ content: script });
        await startIn(world);
        await fetchIn(world);
        expect(await instance()).toBe(after);
        await world.close();
      },
    );

    it("says that something is kept only once it is: what the browser could not commit has failed", async () => {
      const world = await openChromiumWorld(browser, script);
      const said = world.page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.putInVain());
      expect(await said).toBe("failed before");
      await world.close();
    });

    it("in several tabs that start at once is an instance for each; the next start has one of them", async () => {
      const world = await openChromiumWorld(browser, script);
      const second = await world.openTab();
      const instanceIn = (page: typeof world.page) =>
        page.evaluate(async () => {
          await (globalThis as unknown as PageGlobal).agent.refresh();
          return (globalThis as unknown as PageGlobal).agent.state().instance;
        });
      const startAt = (page: typeof world.page) =>
        page.evaluate(
          (configuration) => (globalThis as unknown as PageGlobal).countersign.start(configuration),
          world.configuration,
        );
      await Promise.all([startAt(world.page), startAt(second)]);
      const made = await Promise.all([instanceIn(world.page), instanceIn(second)]);
      for (let rounds = 0; rounds < 3; rounds += 1)
        expect(await Promise.all([instanceIn(world.page), instanceIn(second)])).toEqual(made);
      const third = await world.openTab();
      await startAt(third);
      expect(made).toContain(await instanceIn(third));
      expect(world.service.paths().filter((path) => path === "/v1/instances").length).toBeLessThanOrEqual(2);
      await world.close();
    });

    it("wipes what it holds when the page is hidden, and opens a new session when it is seen again and used", async () => {
      const world = await openChromiumWorld(browser, script);
      await startIn(world);
      await fetchIn(world);
      const phaseWhen = (state: "hidden" | "visible"): Promise<string> =>
        world.page.evaluate((visibility) => {
          Object.defineProperty(document, "visibilityState", { value: visibility, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
          return (globalThis as unknown as PageGlobal).agent.state().phase;
        }, state);
      expect(await phaseWhen("hidden")).toBe("background");
      expect(await phaseWhen("visible")).toBe("idle");
      expect(await fetchIn(world)).toBe("picture");
      await world.page.evaluate(() => (globalThis as unknown as PageGlobal).endWiping());
      expect(await phaseWhen("hidden")).toBe("session");
      await world.close();
    });

    it("works again where it is told in a hidden page that it need not follow any more", async () => {
      const world = await openChromiumWorld(browser, script);
      await startIn(world);
      const phase = await world.page.evaluate(() => {
        Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
        const { agent, endWiping } = globalThis as unknown as PageGlobal;
        endWiping();
        return agent.state().phase;
      });
      expect(phase).not.toBe("background");
      expect(await fetchIn(world)).toBe("picture");
      await world.close();
    });

    it("says on a page of plain http that no key can be had there, rather than to try later", async () => {
      const world = await openChromiumWorld(browser, script);
      const page = await world.page.context().newPage();
      await page.route("http://plain.test/**", (route) => route.fulfill({ contentType: "text/html", body: "plain" }));
      await page.goto("http://plain.test/");
      await page.addScriptTag({ content: script });
      const code = await page.evaluate(async (configuration) => {
        const global = globalThis as unknown as PageGlobal;
        global.countersign.start(configuration);
        return global.agent.refresh().then(String, (error: { code: string }) => error.code);
      }, world.configuration);
      expect(code).toBe("key_unsupported");
      await world.close();
    });
  },
);
