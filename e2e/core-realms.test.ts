import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import {
  type Agent,
  type AgentConfig,
  type AgentPorts,
  type AppClaims,
  type ChannelPolicy,
  createAborter,
  type Platform,
  type ServiceRequest,
} from "@countersign/client";
import { createNodePorts } from "@countersign/client/node";
import type { VirtualDevice } from "@countersign/virtual-device";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { bundle } from "../packages/client/src/testing/bundle-core.ts";
import { requireAll } from "../testing/vectors.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isAbsent = !existsSync(executablePath);

const scratch = mkdtempSync(join(tmpdir(), "core-realms-"));
let world: DemoWorld;
beforeAll(async () => {
  world = await createDemoWorld({ folder: scratch, port: 0, tls: true });
});
afterAll(async () => {
  await world.close();
  rmSync(scratch, { recursive: true, force: true });
});

const devices: readonly (readonly [string, () => VirtualDevice])[] = [
  ["iPhone", () => world.devices.iphone()],
  ["iPhone on iOS 27", () => world.devices.iphone({ ios: "27" })],
  ["Pixel", () => world.devices.pixel()],
];

/** Node's network and a device's keys: what a realm without either is handed. */
const portsOf = (device: VirtualDevice): AgentPorts =>
  createNodePorts({
    configuration: world.project.configuration,
    app: device.app,
    keys: device.keys,
    detectors: device.detectors,
    trustedCas: [world.standInCa],
    ...(world.serviceCa === null ? {} : { serviceCa: world.serviceCa }),
  });

const apodUrl = (): string => `${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`;
const filledTarget = (): string => `/planetary/apod?api_key=${world.apiKey()}&date=2024-01-01`;
const banPath = (instance: string | null): string => `/projects/${world.project.id}/instances/${instance}/ban`;

/** The names that Node and browsers add to ECMAScript; a bare context of V8 has the first two. */
function hostNames(): readonly string[] {
  const bare = runInContext(
    "Object.getOwnPropertyNames(globalThis)",
    createContext(Object.create(null) as object),
  ) as readonly string[];
  const added = Object.getOwnPropertyNames(globalThis).filter((name) => !bare.includes(name));
  const browser = ["XMLHttpRequest", "document", "indexedDB", "localStorage", "self", "window"];
  return [...new Set(["console", "WebAssembly", ...added, ...browser])];
}

/** A realm with nothing but ECMAScript in it, where touching anything of a host is noted and finds nothing. */
function emptyRealm(script: string): { readonly touched: string[]; create(config: AgentConfig): Agent } {
  const touched: string[] = [];
  const context = createContext(Object.create(null) as object);
  const define = runInContext("(name, get) => Object.defineProperty(globalThis, name, { get })", context) as (
    name: string,
    get: () => never,
  ) => void;
  for (const name of hostNames()) {
    define(name, () => {
      touched.push(name);
      throw new Error(`${name} was touched`);
    });
  }
  runInContext(script, context);
  // The curve library asks once, at load, whether there is a generator for blinding, and does without.
  expect(touched.splice(0).filter((name) => name !== "crypto")).toEqual([]);
  expect(() => runInContext("process.version", context) as unknown).toThrow("process is not defined");
  expect(touched.splice(0)).toEqual(["process"]);
  return { touched, create: runInContext("(config) => countersign.createAgent(config)", context) as never };
}

describe.each(devices)("the core in an empty realm, on an %s, with the real service,", (_, make) => {
  it("enrols, refreshes, fetches with the key filled in, and is refused, without touching one global of its host", async () => {
    const realm = emptyRealm(await bundle('export * from "./index.ts";'));
    const { configuration } = world.project;
    const agent = realm.create({ configuration, ports: portsOf(make()), options: { watch: false } });
    await agent.start();
    const answer = await agent.fetch(apodUrl());
    expect([answer.status, await answer.json()]).toMatchObject([200, { date: "2024-01-01" }]);
    expect(world.standIn.seen().at(-1)?.target).toBe(filledTarget());
    expect(await agent.refresh("again")).toMatchObject({ outcome: "session", verdict: "trusted" });
    const { instance } = agent.state();
    await world.admin.call("PUT", banPath(instance), { reason: "e2e" });
    expect(await agent.refresh("after the ban")).toMatchObject({ outcome: "refused" });
    await expect(agent.fetch(apodUrl())).rejects.toMatchObject({ code: "refused" });
    agent.stop();
    expect(realm.touched).toEqual([]);
  });
});

/** What the page does: randomness, clocks, timers and storage are the browser's own; keys and network are bridged to the test. */
const pageScript = `
import { createAgent } from "./index.ts";
import { webClock, webRandomness, webStorage, webTimers } from "./web/index.ts";
const toWire = (value) => value instanceof Uint8Array ? { bytes: [...value] }
  : Array.isArray(value) ? value.map(toWire)
  : typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toWire(each)]))
  : value;
const fromWire = (value) => Array.isArray(value) ? value.map(fromWire)
  : typeof value !== "object" || value === null ? value
  : Array.isArray(value.bytes) ? Uint8Array.from(value.bytes)
  : Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fromWire(each)]));
const ask = async (port, call, ...args) => {
  const said = fromWire(await globalThis.ports(port, call, toWire(args)));
  if ("code" in said) throw Object.assign(new Error("refused beyond the bridge"), said);
  return said.value;
};
export function start({ configuration, app, platform, origin }) {
  const key = (call) => (...args) => ask("keys", call, ...args);
  return createAgent({
    configuration,
    options: { watch: false },
    ports: {
      app,
      keys: { platform, enrol: key("enrol"), prove: key("prove"), provePrevious: key("provePrevious"), forget: key("forget") },
      detectors: { observe: () => ask("detectors", "observe") },
      randomness: webRandomness(),
      clock: webClock(),
      timers: webTimers(),
      storage: webStorage(),
      service: {
        origin,
        send: (request) => ask("service", "send", request),
        watch: async () => {},
        relay: async () => { throw new Error("no broker in this story"); },
      },
      channel: {
        send: async ({ abort, ...request }) => {
          const { body, ...head } = await ask("channel", "send", request);
          return { ...head, body: (async function* () { yield body; })() };
        },
      },
    },
  });
}
`;

interface Opening {
  readonly configuration: string;
  readonly app: AppClaims;
  readonly platform: Platform;
  readonly origin: string;
}

/** What the bundle leaves in the page. */
interface PageGlobal {
  readonly countersign: { start(opening: Opening): Agent };
}

type Wire = unknown;

function toWire(value: unknown): Wire {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toWire(each)]));
}

function fromWire(value: Wire): unknown {
  if (Array.isArray(value)) return value.map(fromWire);
  if (typeof value !== "object" || value === null) return value;
  if ("bytes" in value && Array.isArray(value.bytes)) return Uint8Array.from(value.bytes as number[]);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fromWire(each)]));
}

/** The far end of the page's bridge: a device's keys and detectors, and Node's connections. */
function farEnd(device: VirtualDevice, ports: AgentPorts) {
  const { keys, detectors } = device;
  const work: Readonly<Record<string, (...args: never[]) => Promise<unknown>>> = {
    "keys.enrol": (challenge: Uint8Array, alias: string | null) => keys.enrol(challenge, alias ?? undefined),
    "keys.prove": (alias: string, statement: Uint8Array) => keys.prove(alias, statement),
    "keys.provePrevious": (alias: string, statement: Uint8Array) => keys.provePrevious(alias, statement),
    "keys.forget": (alias: string) => keys.forget(alias),
    "detectors.observe": () => detectors.observe(),
    "service.send": (request: ServiceRequest) => ports.service.send(request),
    "channel.send": async (request: {
      readonly method: string;
      readonly host: string;
      readonly port: number;
      readonly target: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Uint8Array | null;
      readonly policy: ChannelPolicy;
    }) => {
      const answer = await ports.channel.send({ ...request, abort: createAborter().handle });
      const parts: Uint8Array[] = [];
      for await (const part of answer.body) parts.push(part);
      return { ...answer, body: new Uint8Array(Buffer.concat(parts)) };
    },
  };
  return async (port: string, call: string, args: Wire): Promise<Wire> => {
    const each = work[`${port}.${call}`];
    if (each === undefined) throw new TypeError(`the page asked for ${port}.${call}`);
    try {
      return { value: toWire(await each(...(fromWire(args) as never[]))) };
    } catch (error) {
      const { code = "unavailable", alias = null } = error as {
        readonly code?: string;
        readonly alias?: string | null;
      };
      return { code, alias };
    }
  };
}

if (isAbsent && requireAll) {
  it("Chromium is present", () => {
    expect(isAbsent).toBe(false);
  });
}

describe.skipIf(isAbsent)("the core in Chromium (needs chromium at CHROMIUM_PATH or /usr/bin/chromium)", () => {
  let browser: Browser;
  let script = "";
  beforeAll(async () => {
    script = await bundle(pageScript);
    const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
    browser = await chromium.launch({ executablePath, args: [...args, "--disable-sync", "--disable-quic"] });
  });
  afterAll(() => browser?.close());

  async function openPage(bridge: ReturnType<typeof farEnd>): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    await page.route("https://app.test/**", (route) =>
      route.fulfill({ contentType: "text/html", body: "<title>app</title>" }),
    );
    await page.exposeFunction("ports", bridge);
    await page.goto("https://app.test/");
    await page.addScriptTag({ content: script });
    return page;
  }

  it.each(devices)(
    "enrols on an %s with the real service, fetches with the key filled in, goes on after a reload, and is refused",
    async (_, make) => {
      const device = make();
      const ports = portsOf(device);
      const page = await openPage(farEnd(device, ports));
      const { configuration } = world.project;
      const opening = { configuration, app: device.app, platform: device.keys.platform, origin: ports.service.origin };
      const run = () =>
        page.evaluate(
          async ([begin, url]) => {
            const agent = (globalThis as unknown as PageGlobal).countersign.start(begin);
            await agent.start();
            const answer = await agent.fetch(url);
            const text = await answer.text();
            const { outcome } = await agent.refresh("again");
            const state = agent.state();
            agent.stop();
            return { status: answer.status, text, outcome, state, shown: JSON.stringify([state, answer.url]) };
          },
          [opening, apodUrl()] as const,
        );
      const first = await run();
      expect(first).toMatchObject({ status: 200, outcome: "session", state: { phase: "session", verdict: "trusted" } });
      expect(JSON.parse(first.text)).toMatchObject({ date: "2024-01-01" });
      expect(first.shown).not.toContain(world.apiKey());
      const seen = world.standIn.seen().length;
      expect(world.standIn.seen().at(-1)?.target).toBe(filledTarget());

      await page.reload();
      await page.addScriptTag({ content: script });
      const second = await run();
      expect(second).toMatchObject({ status: 200, outcome: "session", state: { instance: first.state.instance } });
      expect(
        world.standIn
          .seen()
          .slice(seen)
          .map(({ target }) => target),
      ).toEqual([filledTarget()]);

      await world.admin.call("PUT", banPath(first.state.instance), { reason: "e2e" });
      const refused = await page.evaluate(
        async ([begin, url]) => {
          const agent = (globalThis as unknown as PageGlobal).countersign.start(begin);
          await agent.start();
          const { outcome } = await agent.refresh("after the ban");
          const code = await agent.fetch(url).then(
            () => "fetched",
            (error: { readonly code?: string }) => error.code,
          );
          agent.stop();
          return [outcome, code];
        },
        [opening, apodUrl()] as const,
      );
      expect(refused).toEqual(["refused", "refused"]);
      await page.context().close();
    },
  );
});
