import { createHmac } from "node:crypto";
import { parseBrokeredProtocols, parseSignature } from "@countersign/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Agent } from "../agent.ts";
import type { Echo } from "../testing/echo-upstream.ts";
import { createMatrixWorld, type MatrixWorld, type Spot } from "../testing/matrix-world.ts";
import { nodeScope } from "../testing/node-scope.ts";
import { protectWebSocket } from "./protect-web-socket.ts";

const query: Spot = { in: "query", when: "placeholder", mode: "delivered" };

let world: MatrixWorld;
let agent: Agent;
let scope: ReturnType<typeof nodeScope>;

beforeAll(async () => {
  world = await createMatrixWorld("pins");
  agent = world.createAgent();
  await agent.refresh();
});
afterAll(() => world.close());
beforeEach(() => {
  scope = nodeScope();
  protectWebSocket(agent, scope);
});

const wss = (origin: string): string => origin.replace("https:", "wss:");
const keyed = (): string => `${wss(world.places.origin)}/placeholder/delivered/query/x?key=${world.placeholder(query)}`;

const brokeredUrl = (): string =>
  `${wss(world.places.origin)}/placeholder/brokered/query/x?key=${world.placeholder({ ...query, mode: "brokered" })}`;

function next(socket: EventTarget, type: string): Promise<unknown> {
  return new Promise((resolve) => {
    socket.addEventListener(type, (event) => resolve(event), { once: true });
  });
}

async function nextData<T>(socket: WebSocket): Promise<T> {
  return ((await next(socket, "message")) as MessageEvent<T>).data;
}

describe("a WebSocket of the agent's", () => {
  it("opens later, shows the unfilled URL, and passes messages of every kind in their order", async () => {
    const socket = new scope.WebSocket(keyed(), ["one", "two"]);
    const states = [socket.readyState];
    expect(socket).toBeInstanceOf(scope.WebSocket);
    expect(() => socket.send("early")).toThrow(/not open/);
    const first = nextData<string>(socket);
    socket.onopen = () => void states.push(socket.readyState);
    const echo = JSON.parse(await first) as Echo;
    expect(echo.url).toContain("key=VALUE-query");
    expect([socket.url, socket.protocol]).toEqual([keyed(), "one"]);
    socket.binaryType = "arraybuffer";
    const received: unknown[] = [];
    socket.onmessage = ({ data }) =>
      void received.push(typeof data === "string" ? data : [...new Uint8Array(data as ArrayBuffer)]);
    socket.send(new Blob([Uint8Array.of(1, 2)]));
    socket.send("text ä");
    socket.send(Uint8Array.of(9, 3, 4, 9).subarray(1, 3));
    socket.send(Uint8Array.of(5).buffer);
    expect(socket.bufferedAmount).toBeGreaterThan(0);
    socket.send("close");
    const end = (await next(socket, "close")) as CloseEvent;
    expect(received).toEqual([[1, 2], "text ä", [3, 4], [5]]);
    expect([end.code, end.reason, end.wasClean]).toEqual([4001, "as asked", true]);
    expect([...states, socket.readyState]).toEqual([WebSocket.CONNECTING, WebSocket.OPEN, WebSocket.CLOSED]);
  });

  it("gives binary messages as Blobs unless told otherwise", async () => {
    const socket = new scope.WebSocket(keyed());
    await nextData(socket);
    socket.send(Uint8Array.of(1, 2));
    const blob = await nextData<Blob>(socket);
    expect([...new Uint8Array(await blob.arrayBuffer())]).toEqual([1, 2]);
    socket.close(3001, "bye");
    expect(socket.readyState).toBe(WebSocket.CLOSING);
    expect((await next(socket, "close")) as CloseEvent).toMatchObject({ code: 3001 });
  });

  it("is what a library's subclass says it is: its methods, accessors and fields", async () => {
    class Base extends scope.WebSocket {
      greeting(): string {
        return "hello";
      }
    }
    class Mine extends Base {
      readonly kept = "field";
      override greeting(): string {
        return `${super.greeting()} ${this.kept}`;
      }
      get isOpen(): boolean {
        return this.readyState === WebSocket.OPEN;
      }
    }
    const socket = new Mine(keyed());
    expect([socket instanceof Mine, socket.greeting(), socket.isOpen]).toEqual([true, "hello field", false]);
    await nextData(socket);
    expect(socket.isOpen).toBe(true);
    socket.close();
    await next(socket, "close");
  });

  it("carries the API's token", async () => {
    const socket = new scope.WebSocket(`${wss(world.tokened.origin)}/x`);
    const echo = JSON.parse(await nextData<string>(socket)) as Echo;
    expect(echo.headers["x-token"]).toMatch(/^T token\.tokened\./);
    socket.close();
  });

  it.each([
    ["a subprotocol of the broker's", () => brokeredUrl(), "request_refused", ["countersign"]],
    ["plain ws to a protected host", () => `ws://localhost:${world.places.port}/`, "url_refused"],
  ])("fails with the agent's error, before anything is sent: %s", async (_name, url, code, protocols = []) => {
    const arrived = (): number => world.places.arrived.length + world.broker.arrived.length;
    const before = arrived();
    const socket = new scope.WebSocket(url(), protocols);
    const closed = next(socket, "close");
    const error = await Promise.race([next(socket, "error"), next(socket, "open")]);
    expect(error).toMatchObject({ countersignError: { code } });
    expect((socket as unknown as { countersignError: unknown }).countersignError).toMatchObject({ code });
    expect(await closed).toMatchObject({ code: 1006, wasClean: false });
    expect(arrived()).toBe(before);
  });

  it.each([
    ["none", [], ""],
    ["two", ["chat", "v2"], "chat"],
  ])(
    "opens at the broker where the value is there, unfilled and with pass and MAC: %s of its own subprotocols",
    async (_name, protocols, shown) => {
      const before = world.places.arrived.length;
      const socket = new scope.WebSocket(brokeredUrl(), protocols);
      const echo = JSON.parse(await nextData<string>(socket)) as Echo;
      expect([socket.url, socket.protocol]).toEqual([brokeredUrl(), shown]);
      const { search } = new URL(brokeredUrl());
      expect(echo.url).toBe(`/b/${world.project.project}/places/placeholder/brokered/query/x${search}`);
      const offer = parseBrokeredProtocols(echo.headers["sec-websocket-protocol"] ?? "");
      if (!offer.ok) throw new TypeError(offer.detail);
      const { pass, signatureInput, signature } = offer.value;
      expect(offer.value.protocols).toEqual(protocols);
      const covered = { method: "GET", targetUri: wss(world.broker.origin) + echo.url, contentDigest: null };
      const received = parseSignature(
        { signatureInput, signature },
        { ...covered, header: { name: "countersign-pass", value: pass } },
      );
      if (!received.ok) throw new TypeError(received.detail);
      const mac = createHmac("sha256", world.service.proofKeyOf(pass)).update(received.value.base).digest();
      expect(Buffer.from(received.value.signature).equals(mac)).toBe(true);
      expect(JSON.stringify(echo)).not.toContain("VALUE-");
      expect(world.places.arrived).toHaveLength(before);
      socket.close();
    },
  );

  it("follows no redirect", async () => {
    const before = world.foreign.arrived.length;
    const to = encodeURIComponent(`${wss(world.foreign.origin)}/landed`);
    const socket = new scope.WebSocket(`${keyed()}&redirect=${to}`);
    expect(await next(socket, "error")).toMatchObject({ countersignError: { code: "network_failed" } });
    expect(world.foreign.arrived).toHaveLength(before);
  });

  it("is given up while it opens", async () => {
    const socket = new scope.WebSocket(keyed());
    socket.close();
    expect(socket.readyState).toBe(WebSocket.CLOSING);
    expect((await next(socket, "close")) as CloseEvent).toMatchObject({ code: 1006 });
  });

  it("is given up while the service is waited for, at once and without a connection", async () => {
    const { middleman } = world.service;
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    world.service.middleman = () => {
      asked();
      return new Promise(() => {}) as never;
    };
    const before = world.places.arrived.length + world.foreign.arrived.length;
    const fresh = world.createAgent();
    const other = nodeScope();
    protectWebSocket(fresh, other);
    // One is known to be the agent's by its placeholder, of the other nobody can say yet.
    const sockets = [new other.WebSocket(keyed()), new other.WebSocket(`${wss(world.foreign.origin)}/x`)];
    await isAsked;
    const closed = Promise.all(sockets.map((socket) => next(socket, "close")));
    for (const socket of sockets) socket.close();
    for (const event of await closed) expect(event).toMatchObject({ code: 1006 });
    world.service.middleman = middleman;
    expect(world.places.arrived.length + world.foreign.arrived.length).toBe(before);
    fresh.stop();
  });

  it("refuses what the platform refuses: closing codes, reasons, subprotocols", async () => {
    const socket = new scope.WebSocket(keyed());
    expect(() => socket.close(1001)).toThrow(/close code/);
    expect(() => socket.close(3000, "x".repeat(124))).toThrow(/close reason/);
    expect(() => new scope.WebSocket(keyed(), ["a", "a"])).toThrow(/subprotocols/);
    socket.close();
    await next(socket, "close");
  });

  it("to a host whose channel the platform cannot hold is refused without the port", async () => {
    const without = world.createAgent({ sockets: false });
    await without.refresh();
    const other = nodeScope();
    protectWebSocket(without, other);
    const before = world.places.arrived.length;
    expect(await next(new other.WebSocket(keyed()), "error")).toMatchObject({
      countersignError: { code: "channel_refused" },
    });
    expect(world.places.arrived).toHaveLength(before);
    without.stop();
  });

  it("writes nothing to a peer that does not prove itself", async () => {
    const imposter = await createMatrixWorld("pins");
    const [api] = world.project.apis;
    expect(api?.channel).toBe("pins");
    // The same project, whose API now answers with another authority's certificate.
    imposter.project.apis = imposter.project.apis.map((each) => ({ ...each, pins: api?.pins ?? [] }));
    const held = imposter.createAgent();
    await held.refresh();
    const other = nodeScope();
    protectWebSocket(held, other);
    const url = `${wss(imposter.places.origin)}/always/delivered/query/x`;
    expect(await next(new other.WebSocket(url), "error")).toMatchObject({
      countersignError: { code: "channel_refused" },
    });
    expect(imposter.places.arrived).toEqual([]);
    await imposter.close();
  });

  it("is closed by stop()", async () => {
    const own = world.createAgent();
    await own.refresh();
    const other = nodeScope();
    protectWebSocket(own, other);
    const socket = new other.WebSocket(keyed());
    await nextData(socket);
    own.stop();
    await next(socket, "close");
    expect(socket.readyState).toBe(WebSocket.CLOSED);
    expect(await next(new other.WebSocket(keyed()), "error")).toMatchObject({ countersignError: { code: "stopped" } });
  });
});

describe("a WebSocket that is not the agent's", () => {
  it("is the platform's own object, made of the very same arguments", () => {
    const made: unknown[][] = [];
    class Own extends EventTarget {
      readonly call: unknown[];
      constructor(...call: unknown[]) {
        super();
        this.call = call;
        made.push(call);
      }
    }
    scope.WebSocket = Own as unknown as typeof WebSocket;
    protectWebSocket(agent, scope);
    const options = { headers: { "x-a": "1" } };
    const Socket = scope.WebSocket as unknown as new (...call: unknown[]) => Own;
    const socket = new Socket("wss://other.test/", ["p"], options);
    expect(socket.constructor).toBe(Own);
    expect(socket).toBeInstanceOf(Socket);
    expect(made).toEqual([["wss://other.test/", ["p"], options]]);
    expect(made[0]?.[2]).toBe(options);
    class Mine extends Socket {}
    expect(new Mine("wss://other.test/")).toBeInstanceOf(Mine);
    expect(scope.WebSocket.OPEN).toBe(1);
  });
});
