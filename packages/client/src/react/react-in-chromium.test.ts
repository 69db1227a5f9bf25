import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../../../../testing/vectors.ts";
import { bundle } from "../testing/bundle-core.ts";
import { type ChromiumWorld, chromiumIsAbsent, launchChromium, openChromiumWorld } from "../testing/chromium-world.ts";

/** A gallery in React; in development, so that strict mode mounts everything twice. */
const pageScript = `
import { createElement as h, StrictMode, useEffect, useState } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server.browser";
import { createAgent } from "./index.ts";
import { CountersignProvider, useCountersign, useSecret } from "./react/index.ts";
import { createWebPorts } from "./web/index.ts";

const made = [];
const errors = [];
let effects = 0;
function Gallery({ url }) {
  const { phase, ready, fetch } = useCountersign();
  const { secret } = useSecret("nasa");
  const [text, setText] = useState("");
  useEffect(() => {
    effects += 1;
    fetch(url).then((response) => response.text()).then(setText, (error) => setText(error.code));
  }, [fetch, url]);
  return h("p", null, [phase, ready, text, String(secret)].join(" "));
}
export function app({ configuration, url, own }) {
  const createOne = () => {
    const app = { id: "astropiks", version: "1.0.0", build: "1" };
    const agent = createAgent({ configuration, ports: createWebPorts({ configuration, app }), options: { watch: false } });
    made.push(agent);
    return agent;
  };
  const source = own ? { agent: createOne() } : { createAgent: createOne };
  const onError = (error) => errors.push(error.code + " " + (error.arc !== null));
  return h(StrictMode, null, h(CountersignProvider, { ...source, onError }, h(Gallery, { url })));
}
const renders = [];
let change;
function Named() {
  const [name, setName] = useState("nasa");
  change = setName;
  const { secret, error } = useSecret(name);
  renders.push([name, secret?.name ?? null, error?.code ?? null].join(" "));
  return renders.at(-1);
}
export function mountNamed({ configuration }) {
  const ports = createWebPorts({ configuration, app: { id: "astropiks", version: "1.0.0", build: "1" } });
  const agent = createAgent({ configuration, ports, options: { watch: false, patienceSeconds: 0 } });
  made.push(agent);
  createRoot(document.getElementById("root")).render(h(CountersignProvider, { agent }, h(Named)));
}
export const refresh = () => made[0].refresh().then(() => "session", (error) => error.code);
export const changeTo = (name) => change(name);
export const rendered = () => renders;
let root;
const warnings = [];
console.error = (...texts) => warnings.push(texts.map(String).join(" "));
export function mount(options) {
  root = createRoot(document.getElementById("root"));
  root.render(app(options));
}
export function hydrate(options) {
  const element = document.getElementById("root");
  element.innerHTML = renderToString(app({ ...options, own: false }));
  const before = element.textContent;
  root = hydrateRoot(element, app(options));
  return before;
}
export function unmount() {
  root.unmount();
}
export const look = () => ({
  shown: document.getElementById("root").textContent,
  made: made.length,
  phases: made.map((agent) => agent.state().phase),
  errors,
  effects,
  warnings,
});
`;

interface Looked {
  readonly shown: string;
  readonly made: number;
  readonly phases: string[];
  readonly errors: string[];
  readonly effects: number;
  readonly warnings: string[];
}

interface Mounted {
  readonly configuration: string;
  readonly url: string;
  readonly own: boolean;
}

/** What the bundle leaves in the page. */
interface PageGlobal {
  readonly countersign: {
    mount(options: Mounted): void;
    hydrate(options: Mounted): string;
    unmount(): void;
    look(): Looked;
    mountNamed(options: { configuration: string }): void;
    refresh(): Promise<string>;
    changeTo(name: string): void;
    rendered(): string[];
  };
}

if (chromiumIsAbsent && requireAll) {
  it("Chromium is present", () => {
    expect(chromiumIsAbsent).toBe(false);
  });
}

describe.skipIf(chromiumIsAbsent)("React in Chromium (needs chromium at CHROMIUM_PATH or /usr/bin/chromium)", () => {
  let browser: Browser;
  let script = "";

  beforeAll(async () => {
    script = await bundle(pageScript);
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const open = (): Promise<ChromiumWorld> => openChromiumWorld(browser, script, '<div id="root"></div>');
  const mountIn = ({ page, configuration, url }: ChromiumWorld, own = false): Promise<void> =>
    page.evaluate((options) => (globalThis as unknown as PageGlobal).countersign.mount(options), {
      configuration,
      url,
      own,
    });
  const lookIn = ({ page }: ChromiumWorld): Promise<Looked> =>
    page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.look());
  const unmountIn = ({ page }: ChromiumWorld): Promise<void> =>
    page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.unmount());

  it("in strict mode one agent is made, a child's first effect fetches by it, and it is stopped once with the provider", async () => {
    const world = await open();
    await mountIn(world);
    await world.page.waitForFunction(() => document.body.textContent?.includes("session true picture cs-nasa-"));
    const mounted = await lookIn(world);
    expect(mounted).toMatchObject({ made: 1, phases: ["session"], errors: [], effects: 2, warnings: [] });
    expect(mounted.shown).not.toContain("VALUE");
    expect(world.service.statements()).toHaveLength(1);
    await unmountIn(world);
    expect(await lookIn(world)).toMatchObject({ shown: "", made: 1, phases: ["stopped"], warnings: [] });
    await world.close();
  });

  it("the app's own agent is still open when the provider is gone", async () => {
    const world = await open();
    await mountIn(world, true);
    await world.page.waitForFunction(() => document.body.textContent?.includes("session true picture"));
    await unmountIn(world);
    expect(await lookIn(world)).toMatchObject({ made: 1, phases: ["session"], errors: [] });
    await world.close();
  });

  it("a page from a server is hydrated without a difference, and then lives", async () => {
    const world = await open();
    const { page, configuration, url } = world;
    const before = await page.evaluate(
      (options) => (globalThis as unknown as PageGlobal).countersign.hydrate(options),
      { configuration, url, own: true },
    );
    expect(before).toBe("new false  null");
    await page.waitForFunction(() => document.body.textContent?.includes("session true picture"));
    expect(await lookIn(world)).toMatchObject({ warnings: [], errors: [] });
    await world.close();
  });

  it("a component that asks for another secret is never shown the one of before, nor its error", async () => {
    const world = await open();
    const { page, configuration } = world;
    const waitFor = (text: string) => page.waitForFunction((each) => document.body.textContent === each, text);
    const changeTo = (name: string) =>
      page.evaluate((each) => (globalThis as unknown as PageGlobal).countersign.changeTo(each), name);
    await page.evaluate(
      (given) => (globalThis as unknown as PageGlobal).countersign.mountNamed({ configuration: given }),
      configuration,
    );
    await waitFor("nasa nasa ");
    await changeTo("other");
    await waitFor("other  secret_unavailable");
    await changeTo("nasa");
    await waitFor("nasa nasa ");
    const rendered = await page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.rendered());
    const wrong = rendered.filter(
      (each) => !["nasa  ", "nasa nasa ", "other  ", "other  secret_unavailable"].includes(each),
    );
    expect(wrong).toEqual([]);
    await world.close();
  });

  it("a component that asked while the instance was refused is shown the secret once a session is open", async () => {
    const world = await open();
    const { page, configuration, service } = world;
    service.decide = () => ({ kind: "refused", retryAfterSeconds: 1 });
    await page.evaluate(
      (given) => (globalThis as unknown as PageGlobal).countersign.mountNamed({ configuration: given }),
      configuration,
    );
    await page.waitForFunction(() => document.body.textContent === "nasa  refused");
    service.decide = () => ({ kind: "session" });
    await page.waitForFunction(() => (globalThis as unknown as PageGlobal).countersign.look().phases[0] !== "refused");
    expect(await page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.refresh())).toBe("session");
    await page.waitForFunction(() => document.body.textContent === "nasa nasa ");
    const rendered = await page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.rendered());
    expect(rendered.length).toBeLessThan(6);
    await world.close();
  });

  it("a refusal reaches the component and onError, with its code", async () => {
    const world = await open();
    world.service.decide = () => ({ kind: "refused", retryAfterSeconds: 60 });
    await mountIn(world);
    await world.page.waitForFunction(() => document.body.textContent?.includes("refused false refused"));
    expect(await lookIn(world)).toMatchObject({ errors: ["refused true"], phases: ["refused"] });
    expect(world.seen).toEqual([]);
    await world.close();
  });

  it("a provider that goes while a statement is on its way leaves nothing behind and sends no request", async () => {
    const world = await open();
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.service.middleman = async (_call, answer) => {
      await held;
      return answer;
    };
    await mountIn(world);
    await world.page.waitForFunction(() => document.body.textContent?.includes("working"));
    await unmountIn(world);
    release();
    await world.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 0)));
    expect(await lookIn(world)).toMatchObject({ shown: "", phases: ["stopped"], warnings: [] });
    expect(world.seen).toEqual([]);
    await world.close();
  });
});
