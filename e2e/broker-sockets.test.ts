import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Agent } from "@countersign/client";
import { openSocket } from "@countersign/client/interceptors";
import { decodeBase64url, placeholderOf } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { type Browser, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type WebSocket as FeedSocket, WebSocketServer } from "ws";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { bundle } from "../packages/client/src/testing/bundle-core.ts";
import { type Follower, startFollower } from "../testing/guide.ts";
import { findLeaks } from "../testing/leak-detector.ts";
import { createTlsAuthority } from "../testing/tls-authority.ts";
import { requireAll } from "../testing/vectors.ts";

const secret = "a-key-of-the-feed-that-no-device-reads";
const authority = createTlsAuthority({ name: "Feed CA", nowMs: Date.now() });
let feed: Server;
let port = 0;
/** Openings that reached the feed: target, subprotocols, origin. */
let openings: (readonly [string, string, string])[] = [];
let feeds: FeedSocket[] = [];

/** An API that says what it was asked, then echoes. */
beforeAll(async () => {
  feed = createServer(authority.issue(["localhost"]));
  const sockets = new WebSocketServer({ server: feed, handleProtocols: (offered) => [...offered][0] ?? false });
  sockets.on("connection", (socket, { url = "", headers }) => {
    openings.push([url, headers["sec-websocket-protocol"] ?? "", headers.origin ?? ""]);
    feeds.push(socket);
    socket.send(`asked ${url}`);
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  feed.listen(0, "127.0.0.1");
  await once(feed, "listening");
  port = (feed.address() as AddressInfo).port;
});
afterEach(() => {
  openings = [];
  feeds = [];
});
afterAll(() => {
  feed.closeAllConnections();
  feed.close();
});

const stars = "*".repeat(secret.length);

describe.each([
  ["over TLS", true],
  ["over plain http, in development", false],
])("a WebSocket whose value the service keeps, opened by an agent on a device, %s", (_name, tls) => {
  const folder = mkdtempSync(join(tmpdir(), "broker-sockets-"));
  let world: DemoWorld;
  let placeholder = "";
  const agents: Agent[] = [];

  beforeAll(async () => {
    world = await createDemoWorld({ folder, port: 0, tls });
    const base = `/projects/${world.project.id}`;
    const api = { id: "feed", host: "localhost", port, channel: "roots", roots: [authority.pem] };
    await world.admin.call("POST", `${base}/apis`, api);
    const places = [{ api: "feed", methods: ["GET"], path: "/live", in: "query", name: "key", when: "placeholder" }];
    await world.admin.call("PUT", `${base}/secrets/feed-key`, { value: secret, mode: "brokered", places });
    placeholder = placeholderOf(sha256, decodeBase64url(world.project.id, 16) ?? new Uint8Array(), "feed-key");
  });
  afterEach(() => {
    for (const agent of agents.splice(0)) agent.stop();
  });
  afterAll(async () => {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A socket of an agent, and what it heard. */
  async function open(protocols: readonly string[] = []) {
    const { agent } = world.createAgent(world.devices.pixel(), { watch: false });
    agents.push(agent);
    await agent.start();
    const heard: (string | Uint8Array)[] = [];
    const waiting: (() => void)[] = [];
    let end: (code: number) => void = () => {};
    const closed = new Promise<number>((resolve) => {
      end = resolve;
    });
    const url = `wss://localhost:${port}/live?key=${placeholder}`;
    const socket = await openSocket(
      agent,
      url,
      { protocols },
      {
        message: (data) => {
          heard.push(data);
          waiting.shift()?.();
        },
        closed: ({ code }) => end(code),
      },
    );
    const next = async (): Promise<string | Uint8Array | undefined> => {
      if (heard.length === 0) await new Promise<void>((resolve) => void waiting.push(resolve));
      return heard.shift();
    };
    return { socket, url, next, closed };
  }

  it("goes over the service, which fills the value in and masks it in what comes back", async () => {
    const { socket, url, next, closed } = await open(["chat"]);
    expect([socket.url, socket.protocol]).toEqual([url, "chat"]);
    expect(await next()).toBe(`asked /live?key=${stars}`);
    socket.send(`up ${secret}`);
    expect(await next()).toBe(`up ${stars}`);
    socket.send(Uint8Array.of(1, 2, 3));
    expect(await next()).toEqual(Uint8Array.of(1, 2, 3));
    expect(openings).toEqual([[`/live?key=${secret}`, "chat", ""]]);
    feeds[0]?.close(4000, `by ${secret}`);
    expect(await closed).toBe(4000);
  });

  it("shows no subprotocol where the app offered none", async () => {
    const { socket, closed } = await open();
    expect(socket.protocol).toBe("");
    expect(openings[0]?.[1]).toBe("");
    socket.close();
    await closed;
  });

  it("ends when the value is changed, and comes again with the new one", async () => {
    const first = await open();
    await first.next();
    const path = `/projects/${world.project.id}/secrets/feed-key`;
    const changed = "another-key-of-the-feed";
    await world.admin.call("POST", `${path}/rotate`, { value: changed });
    expect(await first.closed).toBe(1012);
    const second = await open();
    expect(await second.next()).toBe(`asked /live?key=${"*".repeat(changed.length)}`);
    expect(openings.at(-1)?.[0]).toBe(`/live?key=${changed}`);
    second.socket.close();
    await second.closed;
    await world.admin.call("POST", `${path}/rotate`, { value: secret });
  }, 20_000);
});

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isAbsent = !existsSync(executablePath);

if (isAbsent && requireAll) {
  it("Chromium is present", () => {
    expect(isAbsent).toBe(false);
  });
}

interface PageGlobal {
  readonly countersign: { start(configuration: string): Promise<void> };
}

describe.skipIf(isAbsent)("Chromium's own WebSocket (needs chromium at CHROMIUM_PATH or /usr/bin/chromium)", () => {
  const folder = mkdtempSync(join(tmpdir(), "broker-sockets-web-"));
  const origin = "https://gallery.example.com";
  const pageScript = `
import { createAgent } from "./index.ts";
import { createWebPorts } from "./web/index.ts";
import { protect } from "./interceptors/index.ts";
export async function start(configuration) {
  const app = { id: "gallery", version: "1.0.0", build: "1" };
  const agent = createAgent({ configuration, ports: createWebPorts({ configuration, app }), options: { watch: false } });
  protect(agent);
  await agent.start();
}`;
  let you: Follower;
  let browser: Browser;
  let configuration = "";
  let placeholder = "";

  beforeAll(async () => {
    writeFileSync(join(folder, "ca.pem"), authority.pem);
    you = await startFollower({ serve: `--upstream-ca ${join(folder, "ca.pem")}` });
    for (const line of [
      "npx countersign project create gallery --kind development",
      `npx countersign app add gallery --project gallery --web ${origin}`,
      `npx countersign api add feed --host localhost --port ${port} --channel system`,
      "npx countersign secret set feed-key --mode by-verdict --place api=feed,in=query,name=key,methods=GET",
    ])
      expect(await you.run(line, secret)).toMatchObject({ code: 0 });
    const shown = JSON.parse((await you.run("npx countersign project show gallery --json")).out) as {
      configuration: string;
    };
    const listed = JSON.parse((await you.run("npx countersign secret list --json")).out) as {
      secrets: { placeholder: string }[];
    };
    configuration = shown.configuration;
    placeholder = listed.secrets[0]?.placeholder ?? "";
    browser = await chromium.launch({
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessChecks",
      ],
    });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    you.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ["none", [], ""],
    ["two", ["chat", "v2"], "chat"],
  ])(
    "opens over the service, with %s of the page's subprotocols, and never has the value",
    async (_name, protocols, shown) => {
      const page = await (await browser.newContext()).newPage();
      await page.route(`${origin}/**`, (route) =>
        route.fulfill({ contentType: "text/html", body: "<title>gallery</title>" }),
      );
      await page.goto(`${origin}/`);
      await page.addScriptTag({ content: await bundle(pageScript) });
      const frames: string[] = [];
      page.on("websocket", (socket) => {
        frames.push(socket.url());
        socket.on("framereceived", ({ payload }) => frames.push(String(payload)));
      });
      await page.evaluate((given) => (globalThis as unknown as PageGlobal).countersign.start(given), configuration);
      const url = `wss://localhost:${port}/live?key=${placeholder}`;
      const said = await page.evaluate(
        ([at, offered, text]) =>
          new Promise((resolve, reject) => {
            const socket = new WebSocket(at, [...offered]);
            const heard: unknown[] = [];
            socket.onerror = () => reject(new Error(String((socket as { countersignError?: Error }).countersignError)));
            socket.onopen = () => socket.send(text);
            socket.onmessage = ({ data }) => {
              heard.push(data);
              if (heard.length === 2) socket.close(3000, "enough");
            };
            socket.onclose = ({ code }) => resolve({ heard, code, shown: [socket.url, socket.protocol] });
          }),
        [url, protocols, `echo ${secret}`] as const,
      );
      expect(said).toEqual({ heard: [`asked /live?key=${stars}`, `echo ${stars}`], code: 3000, shown: [url, shown] });
      expect(openings).toEqual([[`/live?key=${secret}`, protocols.join(","), ""]]);
      expect(frames.length).toBeGreaterThan(2);
      expect(findLeaks(Buffer.from(frames.join("\n")), secret)).toEqual([]);
      await page.context().close();
    },
  );
});
