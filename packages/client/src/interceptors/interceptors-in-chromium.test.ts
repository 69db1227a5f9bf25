import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../../../../testing/vectors.ts";
import type { RelayRequest } from "../ports.ts";
import { bundle } from "../testing/bundle-core.ts";
import { chromiumIsAbsent, launchChromium } from "../testing/chromium-world.ts";
import type { Echo } from "../testing/echo-upstream.ts";
import { expectArrived } from "../testing/matrix-checks.ts";
import { type BodyKind, bodyKinds, type MatrixRequest, requestFor } from "../testing/matrix-requests.ts";
import {
  createMatrixWorld,
  type MatrixWorld,
  nameOf,
  pathOf,
  type Spot,
  secretOf,
  spots,
} from "../testing/matrix-world.ts";

const axiosPath = fileURLToPath(new URL("dist/esm/axios.js", import.meta.resolve("axios")));

/** What the page does; only the connection to the service is a bridge. */
const pageScript = `
import axios from ${JSON.stringify(axiosPath)};
import { ChannelError, createAgent } from "./index.ts";
import { webChannelTransport, webClock, webKeys, webRandomness, webStorage, webTimers } from "./web/index.ts";
import { assertCoverage, coverage, protect, protectAxios } from "./interceptors/index.ts";
import { makeBody } from "./testing/matrix-requests.ts";
const bridge = globalThis;
const answerOf = (answer) => ({ ...answer, body: (async function* () { yield Uint8Array.from(answer.body); })() });
export const platform = { fetch, XMLHttpRequest, WebSocket, EventSource };
export const events = [];
let agent;
export async function start(configuration, project) {
  agent = createAgent({
    configuration,
    options: { watch: false },
    ports: {
      app: { id: "astropiks", version: "1.0.0", build: "1" },
      keys: webKeys({ project }),
      detectors: { observe: async () => ({ detectors: {}, seen: [] }) },
      randomness: webRandomness(), clock: webClock(), timers: webTimers(), storage: webStorage(),
      service: {
        origin: "https://countersign.test",
        send: async (request) => {
          const answer = await bridge.serviceSend(request);
          return { ...answer, body: Uint8Array.from(answer.body) };
        },
        watch: async () => {},
        relay: async ({ abort, body, ...request }) =>
          answerOf(await bridge.serviceRelay({ ...request, body: body === null ? null : [...body] })),
      },
      channel: webChannelTransport(),
    },
  });
  agent.on("coverage", (event) => events.push(event));
  const before = coverage(globalThis);
  protect(agent);
  await agent.refresh();
  return { before, after: coverage(globalThis), told: events };
}
const sendFetch = async (request) => {
  const { url, method, headers } = request;
  const response = await fetch(url, { method, headers, body: makeBody(request), duplex: "half" });
  if (response.url !== url) throw new Error("the URL is " + response.url);
  return response.json();
};
const sendRequest = async (request) => {
  const { url, method, headers } = request;
  return (await fetch(new Request(url, { method, headers, body: makeBody(request), duplex: "half" }))).json();
};
const sendXhr = (request) => new Promise((resolve, reject) => {
  const xhr = new XMLHttpRequest();
  xhr.open(request.method, request.url);
  for (const [name, value] of Object.entries(request.headers)) xhr.setRequestHeader(name, value);
  xhr.responseType = "json";
  xhr.onload = () => (xhr.responseURL === request.url ? resolve(xhr.response) : reject(new Error("the URL is " + xhr.responseURL)));
  xhr.onerror = () => reject(xhr.countersignError ?? new Error("failed"));
  xhr.send(makeBody(request));
});
const sendAxios = (own, adapter) => async (request) => {
  const instance = axios.create({ adapter });
  if (own) protectAxios(agent, instance);
  const { url, method, headers } = request;
  return (await instance.request({ url, method, headers, data: makeBody(request) })).data;
};
const sendSocket = ({ url }) => new Promise((resolve, reject) => {
  const socket = new WebSocket(url.replace("https:", "wss:"));
  socket.onmessage = ({ data }) => {
    const echo = JSON.parse(data);
    if (socket.protocol !== "") reject(new Error("the subprotocol is " + socket.protocol));
    resolve({ ...echo, url: echo.url.replace(/^\\/b\\/[^/]+\\/[^/]+/, "") });
    socket.close();
  };
  socket.onerror = () => reject(socket.countersignError ?? new Error("failed"));
});
const sendSource = ({ url, headers }) => new Promise((resolve, reject) => {
  const source = new EventSource(url + "&events=1", { headers });
  source.onmessage = ({ data }) => { source.close(); resolve(JSON.parse(data)); };
  source.onerror = () => { source.close(); reject(source.countersignError ?? new Error("failed")); };
});
const stacks = {
  fetch: sendFetch,
  "fetch of a Request": sendRequest,
  XMLHttpRequest: sendXhr,
  "axios, itself protected": sendAxios(true, "xhr"),
  "axios over the protected XMLHttpRequest": sendAxios(false, "xhr"),
  "axios over the protected fetch": sendAxios(false, "fetch"),
  WebSocket: sendSocket,
  EventSource: sendSource,
};
export const send = (stack, request) => stacks[stack](request);
export async function told(stack, request) {
  try { return { echo: await stacks[stack](request) }; }
  catch (error) { return { name: error.name, code: error.code, cause: error.cause?.code, text: String(error.message) }; }
}
export { assertCoverage, coverage };
`;

interface PageGlobal {
  readonly countersign: {
    start(configuration: string, project: string): Promise<unknown>;
    send(stack: string, request: MatrixRequest): Promise<Echo>;
    told(stack: string, request: MatrixRequest): Promise<{ code?: string; cause?: string; name?: string; echo?: Echo }>;
    platform: { fetch: typeof fetch; XMLHttpRequest: typeof XMLHttpRequest };
    assertCoverage(): void;
  };
}

if (chromiumIsAbsent && requireAll) {
  it("Chromium is present", () => {
    expect(chromiumIsAbsent).toBe(false);
  });
}

const query: Spot = { in: "query", when: "placeholder", mode: "delivered" };
const outsideBody = (spot: Spot): boolean => spot.in !== "form" && spot.in !== "json";
const delivered = (spot: Spot): boolean => spot.mode === "delivered";
const ofAxios = bodyKinds.filter((kind) => kind !== "stream" && kind !== "view");

interface Stack {
  readonly name: string;
  readonly kinds: readonly BodyKind[];
  readonly sends: (spot: Spot) => boolean;
}

const stacks: readonly Stack[] = [
  { name: "fetch", kinds: bodyKinds, sends: () => true },
  { name: "fetch of a Request", kinds: bodyKinds, sends: () => true },
  { name: "XMLHttpRequest", kinds: bodyKinds.filter((kind) => kind !== "stream"), sends: () => true },
  { name: "axios, itself protected", kinds: ofAxios, sends: () => true },
  { name: "axios over the protected XMLHttpRequest", kinds: ofAxios, sends: () => true },
  { name: "axios over the protected fetch", kinds: ofAxios, sends: delivered },
  // A browser sends no headers with a WebSocket.
  { name: "WebSocket", kinds: ["none"], sends: (spot) => ["query", "segment"].includes(spot.in) },
  { name: "EventSource", kinds: ["none"], sends: outsideBody },
];

const rows = stacks.flatMap((stack) =>
  spots.filter(stack.sends).map((spot) => ({ stack, spot, title: `${stack.name}: ${nameOf(spot)}` })),
);

describe.skipIf(chromiumIsAbsent)(
  "interceptors in Chromium (needs chromium at CHROMIUM_PATH or /usr/bin/chromium)",
  () => {
    let browser: Browser;
    let page: Page;
    let world: MatrixWorld;
    let started: unknown;

    beforeAll(async () => {
      world = await createMatrixWorld("system");
      world.service.upstream = ({ method, path, headers, body }) => {
        const echo: Echo = {
          method,
          url: path.replace(/^\/b\/[^/]+\/[^/]+/, ""),
          headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
          body: Buffer.from(body ?? []).toString("base64"),
        };
        const isStream = path.includes("events=1");
        const type = isStream ? "text/event-stream" : "application/json";
        return {
          status: 200,
          headers: [["content-type", type]],
          body: isStream ? `data: ${JSON.stringify(echo)}\n\n` : JSON.stringify(echo),
        };
      };
      browser = await launchChromium();
      page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
      await page.exposeFunction("serviceSend", async (request: { path: string; body: string | null }) => {
        const answer = await world.service.send(request);
        return { ...answer, body: [...answer.body] };
      });
      await page.exposeFunction(
        "serviceRelay",
        async (request: Omit<RelayRequest, "body" | "abort"> & { body: number[] | null }) => {
          const body = request.body === null ? null : Uint8Array.from(request.body);
          const abort = { aborted: false, onAbort: () => () => {} };
          const answer = await world.service.relay({ ...request, body, abort });
          const parts: number[] = [];
          for await (const part of answer.body) parts.push(...part);
          return { ...answer, body: parts };
        },
      );
      await page.goto(`${world.foreign.origin}/page`);
      await page.addScriptTag({ content: await bundle(pageScript) });
      started = await page.evaluate(
        ({ configuration, project }) => (globalThis as unknown as PageGlobal).countersign.start(configuration, project),
        { configuration: world.project.configuration(), project: world.project.project },
      );
    });
    afterAll(async () => {
      await browser.close();
      await world.close();
    });

    const send = (stack: string, request: MatrixRequest): Promise<Echo> =>
      page.evaluate(([name, asked]) => (globalThis as unknown as PageGlobal).countersign.send(name, asked), [
        stack,
        request,
      ] as const);

    it("tells which stacks were there and that each is protected", async () => {
      const stacksOf = (state: string) =>
        ["fetch", "XMLHttpRequest", "WebSocket", "EventSource"].map((stack) => ({ stack, state, builtin: null }));
      expect(started).toEqual({
        before: { stacks: stacksOf("unprotected") },
        after: { stacks: stacksOf("protected") },
        told: [{ stacks: stacksOf("protected") }],
      });
      await page.evaluate(() => (globalThis as unknown as PageGlobal).countersign.assertCoverage());
    });

    it.each(rows)("$title is filled at its place alone, and the body is intact", async ({ stack, spot }) => {
      const base = `${world.places.origin}${pathOf(spot)}`;
      const given = spot.when === "placeholder" ? world.placeholder(spot) : "anything";
      const filled = spot.mode === "delivered" ? secretOf(spot) : world.placeholder(spot);
      for (const kind of stack.kinds) {
        const asked = requestFor(spot, base, given, kind);
        const echo = await send(stack.name, asked);
        // A WebSocket has no header of the app's to keep.
        const shown = stack.name === "WebSocket" ? { ...echo, headers: { ...echo.headers, "x-own": "kept" } } : echo;
        await expectArrived(spot, asked, shown, { given, filled });
      }
    });

    const asked = (rest: string): MatrixRequest => {
      const base = `${world.places.origin}${pathOf(query)}`;
      const request = requestFor(query, base, world.placeholder(query), "none");
      return { ...request, url: request.url + rest };
    };

    it.each(["fetch", "XMLHttpRequest", "axios, itself protected", "EventSource"])(
      "%s follows no redirect that the page cannot see, and nothing added crosses origins",
      async (stack) => {
        const before = world.foreign.arrived.length;
        const told = await page.evaluate(
          ([name, request]) => (globalThis as unknown as PageGlobal).countersign.told(name, request),
          [stack, asked(`&redirect=${encodeURIComponent(`${world.foreign.origin}/landed`)}`)] as const,
        );
        expect(told.echo).toBeUndefined();
        expect([told.code, told.cause]).toContain("network_failed");
        expect(world.foreign.arrived).toHaveLength(before);
      },
    );

    it("a WebSocket that needs a header is refused before anything is sent", async () => {
      const before = world.tokened.arrived.length;
      const request = { ...asked(""), url: `${world.tokened.origin}/x` };
      const told = await page.evaluate(
        (given) => (globalThis as unknown as PageGlobal).countersign.told("WebSocket", given),
        request,
      );
      expect(told.code).toBe("token_unavailable");
      expect(world.tokened.arrived).toHaveLength(before);
    });

    it("what is not the agent's is the browser's own, object and behaviour", async () => {
      const found = await page.evaluate(async (origin) => {
        const { platform } = (globalThis as unknown as PageGlobal).countersign;
        const xhr = new XMLHttpRequest();
        const text = await new Promise<string>((resolve) => {
          xhr.open("POST", `${origin}/plain`);
          xhr.onload = () => resolve(xhr.responseText);
          xhr.send("body");
        });
        const sync = new XMLHttpRequest();
        sync.open("GET", `${origin}/sync`, false);
        sync.send();
        const response = await fetch(`${origin}/plain`);
        return {
          isOwn: xhr instanceof platform.XMLHttpRequest,
          text: text.length > 0,
          sync: sync.status,
          type: response.type,
          url: response.url,
          tag: Object.prototype.toString.call(xhr),
          constants: [XMLHttpRequest.DONE, xhr.DONE],
        };
      }, world.foreign.origin);
      const url = `${world.foreign.origin}/plain`;
      expect(found).toEqual({
        isOwn: true,
        text: true,
        sync: 200,
        type: "basic",
        url,
        tag: "[object XMLHttpRequest]",
        constants: [4, 4],
      });
    });

    describe("an XMLHttpRequest of the agent's", () => {
      /** The events of one request, told the same way whoever sends it. */
      function observe(
        url: string,
        how: { body?: string; abortAt?: string; timeout?: number; type?: string; twice?: boolean },
      ) {
        return page.evaluate(
          ({ url: target, how: given }) =>
            new Promise<string[]>((resolve) => {
              const log: string[] = [];
              const xhr = new XMLHttpRequest();
              const note = (text: string): void => void (log.at(-1) !== text && log.push(text));
              xhr.onreadystatechange = () => note(`state ${xhr.readyState}`);
              for (const type of ["loadstart", "progress", "load", "error", "abort", "timeout", "loadend"]) {
                xhr.addEventListener(type, (event) => {
                  note(type);
                  if (given.abortAt === type) xhr.abort();
                  if (type === "loadend" && event instanceof ProgressEvent) {
                    note(
                      `end ${xhr.readyState} ${xhr.status} ${xhr.responseType === "" ? xhr.responseText.length > 0 : xhr.response !== null}`,
                    );
                    resolve(log);
                  }
                });
                xhr.upload.addEventListener(type, () => note(`upload ${type}`));
              }
              xhr.open(given.body === undefined ? "GET" : "POST", target);
              if (given.type !== undefined) xhr.responseType = given.type as XMLHttpRequestResponseType;
              if (given.timeout !== undefined) xhr.timeout = given.timeout;
              xhr.send(given.body);
            }),
          { url, how },
        );
      }

      it.each([
        ["an answer", "", {}],
        ["an answer to a body", "", { body: "text" }],
        ["a status without a body", "&answer=204", {}],
        ["an error status", "&answer=500", { type: "json" }],
        ["a broken body", "&broken=1", {}],
        ["abort() at the start", "", { abortAt: "loadstart" }],
        ["abort() at the first progress", "&drip=1", { abortAt: "progress" }],
        ["a timeout", "&never=1", { timeout: 60, body: "text" }],
      ])("has the states and events of the browser's own: %s", async (_name, rest, how) => {
        const ours = await observe(asked(rest).url, how);
        // The same server by another name, which is none of the agent's; its events are the browser's.
        const theirs = await observe(`${world.foreign.origin}/x?a=1${rest}`, how);
        // Of a request without a body Chromium tells an upload that failed; the standard has none. How much of a broken body it shows is luck.
        const isTold = (text: string): boolean =>
          ("body" in how || !text.startsWith("upload")) &&
          (!rest.includes("broken") || !/^(state [23]|progress)$/.test(text)) &&
          // Chromium tells it every 50 ms: whether once before a timeout is luck, too.
          (!rest.includes("never") || text !== "upload progress");
        expect(ours.filter(isTold)).toEqual(theirs.filter(isTold));
      });

      it("gives every response type, headers, and the mime type it was told", async () => {
        const types = await page.evaluate(async (url) => {
          const get = (type: XMLHttpRequestResponseType, mime?: string) =>
            new Promise<XMLHttpRequest>((resolve) => {
              const xhr = new XMLHttpRequest();
              xhr.open("GET", url);
              xhr.responseType = type;
              if (mime !== undefined) xhr.overrideMimeType(mime);
              xhr.onload = () => resolve(xhr);
              xhr.send();
            });
          const [text, buffer, blob, json, page] = await Promise.all([
            get("text"),
            get("arraybuffer"),
            get("blob", "image/x"),
            get("json"),
            get("document", "text/html"),
          ]);
          const denied: string[] = [];
          for (const member of ["responseText", "responseXML"] as const) {
            try {
              void json[member];
            } catch (error) {
              denied.push((error as Error).name);
            }
          }
          return {
            text: text.responseText === text.response && text.responseText.includes("VALUE-"),
            buffer: buffer.response instanceof ArrayBuffer && Object.is(buffer.response, buffer.response),
            blob: [blob.response instanceof Blob, (blob.response as Blob).type],
            json: (json.response as { method: string }).method,
            document: (page.response as Document).body.textContent.includes("VALUE-"),
            xml: page.responseXML === page.response,
            two: text.getResponseHeader("X-Two"),
            all: text.getAllResponseHeaders().includes("x-two: one, two\r\n"),
            denied,
          };
        }, asked("").url);
        expect(types).toEqual({
          text: true,
          buffer: true,
          blob: [true, "image/x"],
          json: "GET",
          document: true,
          xml: true,
          two: "one, two",
          all: true,
          denied: ["InvalidStateError", "InvalidStateError"],
        });
      });

      it("is refused where it would be synchronous, used twice, or changed after it was sent", async () => {
        const names = await page.evaluate((url) => {
          const nameOf = (call: () => void): string => {
            try {
              call();
              return "none";
            } catch (error) {
              return (error as Error).name;
            }
          };
          const sync = new XMLHttpRequest();
          sync.open("GET", url, false);
          const xhr = new XMLHttpRequest();
          xhr.open("GET", url);
          xhr.send();
          return [
            nameOf(() => sync.send()),
            nameOf(() => xhr.send()),
            nameOf(() => xhr.setRequestHeader("x-a", "1")),
            nameOf(() => new XMLHttpRequest().send()),
          ];
        }, asked("").url);
        expect(names).toEqual(["NetworkError", "InvalidStateError", "InvalidStateError", "InvalidStateError"]);
      });

      it("can be opened anew, for the agent's or the platform's, and tells why it failed", async () => {
        const seen = await page.evaluate(
          async ({ ours, theirs, bad }) => {
            const xhr = new XMLHttpRequest() as XMLHttpRequest & { countersignError: { code: string } | null };
            const go = (url: string) =>
              new Promise<string>((resolve) => {
                xhr.onloadend = () =>
                  resolve(`${xhr.status} ${xhr.responseText.includes("VALUE-")} ${xhr.countersignError?.code}`);
                xhr.open("GET", url);
                xhr.send();
              });
            return [await go(ours), await go(theirs), await go(bad), await go(ours)];
          },
          { ours: asked("").url, theirs: `${world.foreign.origin}/x`, bad: asked("").url.replace("https:", "http:") },
        );
        expect(seen).toEqual([
          "200 true undefined",
          "200 false undefined",
          "0 false url_refused",
          "200 true undefined",
        ]);
      });
    });
  },
);
