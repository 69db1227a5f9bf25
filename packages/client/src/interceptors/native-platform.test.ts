import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Agent } from "../agent.ts";
import type { Echo } from "../testing/echo-upstream.ts";
import { createMatrixWorld, type MatrixWorld, type Spot } from "../testing/matrix-world.ts";
import { createNativeXhr, PlainTarget } from "../testing/native-xhr.ts";
import { nodeScope } from "../testing/node-scope.ts";
import { protectFetch } from "./protect-fetch.ts";
import { protectWebSocket } from "./protect-web-socket.ts";
import { protectXmlHttpRequest } from "./protect-xml-http-request.ts";
import type { Scope } from "./scope.ts";

const query: Spot = { in: "query", when: "placeholder", mode: "delivered" };
const header: Spot = { in: "header", when: "placeholder", mode: "delivered" };

let world: MatrixWorld;
let agent: Agent;
let scope: Scope;

beforeAll(async () => {
  world = await createMatrixWorld("pins");
  agent = world.createAgent();
  await agent.refresh();
});
afterAll(() => world.close());
beforeEach(() => {
  const {
    URL: _url,
    EventTarget: _target,
    Event: _event,
    MessageEvent: _message,
    CloseEvent: _close,
    ...rest
  } = nodeScope();
  scope = rest;
});

const keyed = (rest = ""): string =>
  `${world.places.origin}/placeholder/delivered/query/x?key=${world.placeholder(query)}${rest}`;

describe.each(["assigned", "defined"] as const)("an XMLHttpRequest whose state is in fields that are %s", (style) => {
  const send = (xhr: XMLHttpRequest, url: string, body?: unknown): Promise<string[]> =>
    new Promise((resolve) => {
      const log: string[] = [];
      for (const type of ["readystatechange", "load", "error"]) {
        xhr.addEventListener(type, () => {
          log.push(`${type} ${xhr.readyState} ${xhr.status}`);
          if (type !== "readystatechange") resolve(log);
        });
      }
      xhr.open(body === undefined ? "GET" : "POST", url);
      xhr.send(body as string);
    });

  it("is the agent's where the request is, and the platform's own otherwise", async () => {
    const sent: unknown[][] = [];
    scope.XMLHttpRequest = createNativeXhr(style, sent) as unknown as typeof XMLHttpRequest;
    const Own = scope.XMLHttpRequest;
    protectXmlHttpRequest(agent, scope);
    const Xhr = scope.XMLHttpRequest;
    expect(Xhr.DONE).toBe(4);
    const body = { of: "nobody's kind" };
    const native = new Xhr();
    expect(await send(native, "https://other.test/", body)).toEqual(["readystatechange 1 0", "load 4 299"]);
    expect(native).toBeInstanceOf(Own);
    expect(sent).toEqual([[body]]);
    expect(sent[0]?.[0]).toBe(body);
    expect([native.response, native.getAllResponseHeaders()]).toEqual(["native", "native"]);
    const ours = new Xhr();
    const log = await send(ours, keyed());
    expect(log[0]).toBe("readystatechange 1 0");
    expect(log.slice(-2)).toEqual(["readystatechange 4 200", "load 4 200"]);
    expect((JSON.parse(ours.responseText) as Echo).url).toContain("VALUE-query");
    expect(ours.responseURL).toBe(keyed());
    const broken = new Xhr();
    const end = await send(broken, keyed("&broken=1"));
    expect(end.slice(-2)).toEqual(["readystatechange 4 0", "error 4 0"]);
    expect(broken).toMatchObject({ countersignError: { code: "network_failed" } });
    expect(sent).toHaveLength(1);
  });
});

describe("an XMLHttpRequest of the agent's", () => {
  beforeEach(() => {
    scope.XMLHttpRequest = createNativeXhr("assigned", []) as unknown as typeof XMLHttpRequest;
    protectXmlHttpRequest(agent, scope);
  });
  const create = (): XMLHttpRequest => new (scope.XMLHttpRequest ?? XMLHttpRequest)();
  const ended = (xhr: XMLHttpRequest): Promise<string> =>
    new Promise((resolve) => {
      for (const type of ["load", "error", "timeout", "abort"]) xhr.addEventListener(type, () => resolve(type));
    });

  it("sends the app's Authorization in place of the user and password it was opened with, never both", async () => {
    const sent: (string | undefined)[] = [];
    for (const own of [null, "Bearer mine"]) {
      const xhr = create();
      xhr.open("GET", keyed(), true, "user", "password");
      if (own !== null) xhr.setRequestHeader("Authorization", own);
      const end = ended(xhr);
      xhr.send();
      expect(await end).toBe("load");
      sent.push((JSON.parse(xhr.responseText) as Echo).headers.authorization);
    }
    expect(sent).toEqual([`Basic ${btoa("user:password")}`, "Bearer mine"]);
  });

  it("fails, and does not wait for ever, where its body cannot be sent", async () => {
    const xhr = create();
    xhr.open("POST", keyed());
    const end = ended(xhr);
    const unreadable = { [Symbol.toStringTag]: "XMLDocument" } as unknown as Document;
    xhr.send(unreadable);
    expect(await end).toBe("error");
    expect(xhr.readyState).toBe(4);
  });

  it("ends at its timeout, counted from its sending, while nobody has said whose it is", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const { middleman } = world.service;
    world.service.middleman = () => new Promise(() => {}) as never;
    const fresh = world.createAgent();
    const own = { ...scope, XMLHttpRequest: createNativeXhr("assigned", []) as unknown as typeof XMLHttpRequest };
    protectXmlHttpRequest(fresh, own);
    const xhr = new own.XMLHttpRequest();
    xhr.open("GET", `${world.places.origin}/early`);
    xhr.timeout = 50;
    const log: string[] = [];
    for (const type of ["timeout", "loadend"]) xhr.addEventListener(type, () => log.push(type));
    const end = ended(xhr);
    xhr.send();
    await vi.advanceTimersByTimeAsync(49);
    expect(log).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect([await end, ...log, xhr.readyState]).toEqual(["timeout", "timeout", "loadend", 4]);
    world.service.middleman = middleman;
    fresh.stop();
    vi.useRealTimers();
  });
});

describe("a form that only tells its parts", () => {
  class NativeForm {
    readonly parts: object[] = [];
    append(fieldName: string, value: unknown): void {
      this.parts.push(typeof value === "string" ? { fieldName, string: value } : { fieldName, ...(value as object) });
    }
    getParts(): object[] {
      return this.parts;
    }
  }

  it("writes no line of a file's type but that type", async () => {
    scope.fetch = () => Promise.resolve(new Response("bytes"));
    protectFetch(agent, scope);
    const form = new NativeForm();
    const type = 'image/jpeg\r\nX-Injected: 1\r\n\r\n--x\r\nContent-Disposition: form-data; name="admin"';
    form.append("photo", { uri: "file:///photo.jpg", name: "photo.jpg", type });
    const response = await scope.fetch(keyed(), { method: "POST", body: form as unknown as FormData });
    const body = Buffer.from(((await response.json()) as Echo).body, "base64").toString();
    expect(body).not.toContain("Injected");
    expect(body).toContain("Content-Type: application/octet-stream\r\n\r\nbytes");
  });

  it("is sent whole, with the file that a URI names read by the platform", async () => {
    const read: string[] = [];
    scope.fetch = (input) => {
      read.push(input as string);
      return Promise.resolve(new Response("file's bytes"));
    };
    protectFetch(agent, scope);
    const form = new NativeForm();
    form.append("text", "ä");
    form.append("photo", { uri: "file:///photo.jpg", name: "photo.jpg", type: "image/jpeg" });
    const response = await scope.fetch(keyed(), { method: "POST", body: form as unknown as FormData });
    const echo = (await response.json()) as Echo;
    const headers = { "content-type": echo.headers["content-type"] ?? "" };
    const fields = await new Response(Buffer.from(echo.body, "base64"), { headers }).formData();
    expect(fields.get("text")).toBe("ä");
    const photo = fields.get("photo") as File;
    expect([photo.name, photo.type, await photo.text()]).toEqual(["photo.jpg", "image/jpeg", "file's bytes"]);
    expect(read).toEqual(["file:///photo.jpg"]);
  });
});

describe("a Response without streams", () => {
  class PlainResponse {
    readonly status: number;
    readonly headers: Headers;
    readonly ok: boolean;
    constructor(_body: unknown, init: { status: number; headers: Headers }) {
      this.status = init.status;
      this.headers = init.headers;
      this.ok = init.status < 300;
    }
    clone(): PlainResponse {
      return this;
    }
  }

  beforeEach(() => {
    scope.Response = PlainResponse as unknown as typeof Response;
  });

  it("is read by every member, once, and streams where the platform has streams", async () => {
    protectFetch(agent, scope);
    const get = (): Promise<Response> => (scope.fetch ?? fetch)(keyed());
    expect(await (await get()).text()).toContain("VALUE-query");
    expect(((await (await get()).json()) as Echo).method).toBe("GET");
    expect(new TextDecoder().decode(await (await get()).arrayBuffer())).toContain("VALUE-query");
    expect(await (await (await get()).blob()).text()).toContain("VALUE-query");
    const response = await get();
    expect(response.url).toBe(keyed());
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect((await reader.read()).value?.length).toBeGreaterThan(0);
    const again = await get();
    await again.text();
    expect(again.bodyUsed).toBe(true);
    await expect(again.text()).rejects.toThrow(TypeError);
  });

  it("has no body where the platform has no streams", async () => {
    delete scope.ReadableStream;
    protectFetch(agent, scope);
    const response = await (scope.fetch ?? fetch)(keyed());
    expect(response.body).toBeUndefined();
    expect(await response.text()).toContain("VALUE-query");
  });
});

describe("a WebSocket that takes headers", () => {
  it("fills those of its third argument", async () => {
    protectWebSocket(agent, scope);
    const Socket = scope.WebSocket as unknown as new (url: string, protocols: null, options: object) => WebSocket;
    const url = `${world.places.origin.replace("https:", "wss:")}/placeholder/delivered/header/x`;
    const socket = new Socket(url, null, { headers: { "X-Key": world.placeholder(header) } });
    const data = await new Promise<string>((resolve) => {
      socket.onmessage = (event: MessageEvent<string>) => resolve(event.data);
    });
    expect((JSON.parse(data) as Echo).headers["x-key"]).toBe("VALUE-header-placeholder-delivered");
    const closed = new Promise<CloseEvent>((resolve) => {
      socket.onclose = (event) => resolve(event);
    });
    socket.close(3000, "done");
    expect(await closed).toMatchObject({ code: 3000, reason: "done" });
  });

  it("hands them to the platform's own socket where the device's trust is all that is asked", async () => {
    const systemWorld = await createMatrixWorld("system");
    const held = systemWorld.createAgent({ sockets: false });
    await held.refresh();
    const opened: unknown[][] = [];
    class NativeSocket extends PlainTarget {
      onclose: ((event: object) => void) | null = null;
      constructor(...call: unknown[]) {
        super();
        opened.push(call);
        queueMicrotask(() => this.onclose?.({ code: 1006 }));
      }
    }
    scope.WebSocket = NativeSocket as unknown as typeof WebSocket;
    scope.navigator = { product: "ReactNative" } as Navigator;
    protectWebSocket(held, scope);
    const Socket = scope.WebSocket as unknown as new (url: string, protocols: string[], options: object) => WebSocket;
    new Socket("wss://other.test/", ["p"], { headers: { a: "1" } });
    const base = systemWorld.tokened.origin.replace("https:", "wss:");
    const ours = new Socket(`${base}/x`, ["p"], { headers: { a: "1" } });
    const error = await new Promise((resolve) => {
      ours.onerror = resolve;
    });
    expect(error).toMatchObject({ countersignError: { code: "network_failed" } });
    expect(opened).toEqual([
      ["wss://other.test/", ["p"], { headers: { a: "1" } }],
      [`${base}/x`, ["p"], { headers: { a: "1", "X-Token": expect.stringMatching(/^T token/) } }],
    ]);
    await systemWorld.close();
  });
});
