import axios from "axios";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../agent.ts";
import type { Echo } from "../testing/echo-upstream.ts";
import { expectArrived } from "../testing/matrix-checks.ts";
import {
  type BodyKind,
  bodyKinds,
  isFilled,
  type MatrixRequest,
  makeBody,
  requestFor,
} from "../testing/matrix-requests.ts";
import {
  createMatrixWorld,
  type MatrixWorld,
  nameOf,
  pathOf,
  type Spot,
  secretOf,
  spots,
} from "../testing/matrix-world.ts";
import { createNativeXhr } from "../testing/native-xhr.ts";
import { nodeScope } from "../testing/node-scope.ts";
import { createEventSourceClass } from "./agent-event-source.ts";
import { protectAxios } from "./protect-axios.ts";
import { protectFetch } from "./protect-fetch.ts";
import { protectWebSocket } from "./protect-web-socket.ts";
import { protectXmlHttpRequest } from "./protect-xml-http-request.ts";

/** One way to send a request of the matrix, and what its server said that arrived. */
interface Stack {
  readonly name: string;
  readonly kinds: readonly BodyKind[];
  readonly sends: (spot: Spot) => boolean;
  send(request: MatrixRequest): Promise<Echo>;
}

let world: MatrixWorld;
let agent: Agent;
let scope: ReturnType<typeof nodeScope> & { XMLHttpRequest: typeof XMLHttpRequest };

beforeAll(async () => {
  world = await createMatrixWorld("pins");
  world.service.upstream = ({ method, path, headers, body }) => ({
    status: 200,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify({
      method,
      url: path.replace(/^\/b\/[^/]+\/[^/]+/, ""),
      headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
      body: Buffer.from(body ?? []).toString("base64"),
    }),
  });
  agent = world.createAgent();
  scope = { ...nodeScope(), XMLHttpRequest: createNativeXhr("assigned", []) as unknown as typeof XMLHttpRequest };
  protectFetch(agent, scope);
  protectXmlHttpRequest(agent, scope);
  protectWebSocket(agent, scope);
});
afterAll(() => world.close());

const noBody: readonly BodyKind[] = ["none"];
const outsideBody = (spot: Spot): boolean => spot.in !== "form" && spot.in !== "json";

function firstMessage(request: MatrixRequest): Promise<Echo> {
  const Socket = scope.WebSocket as unknown as new (url: string, protocols: string[], options: object) => WebSocket;
  const url = request.url.replace("https:", "wss:");
  const socket = new Socket(url, [], { headers: request.headers });
  return new Promise((resolve, reject) => {
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const echo = JSON.parse(data) as Echo;
      resolve({ ...echo, url: echo.url.replace(/^\/b\/[^/]+\/[^/]+/, "") });
      socket.close();
    };
    socket.onerror = () => reject((socket as { countersignError?: Error }).countersignError ?? new Error("failed"));
  });
}

function firstEvent(request: MatrixRequest): Promise<Echo> {
  const Source = createEventSourceClass(agent, scope);
  const source = new Source(`${request.url}&events=1`, { headers: request.headers });
  return new Promise((resolve, reject) => {
    source.onmessage = ({ data }: MessageEvent<string>) => {
      source.close();
      resolve(JSON.parse(data) as Echo);
    };
    source.onerror = () => {
      source.close();
      reject(source.countersignError ?? new Error("failed"));
    };
  });
}

function sendXhr(request: MatrixRequest): Promise<Echo> {
  const xhr = new scope.XMLHttpRequest() as XMLHttpRequest & { countersignError: Error | null };
  xhr.open(request.method, request.url);
  for (const [name, value] of Object.entries(request.headers)) xhr.setRequestHeader(name, value);
  return new Promise((resolve, reject) => {
    xhr.addEventListener("load", () => resolve(JSON.parse(xhr.responseText) as Echo));
    xhr.addEventListener("error", () => reject(xhr.countersignError ?? new Error("failed")));
    xhr.send(makeBody(request) as XMLHttpRequestBodyInit);
  });
}

const stacks: readonly Stack[] = [
  {
    name: "fetch",
    kinds: bodyKinds,
    sends: () => true,
    send: async (request) => {
      const { url, method, headers } = request;
      const body = makeBody(request);
      const init = { method, headers, ...(body === undefined ? {} : { body, duplex: "half" }) };
      return (await scope.fetch(url, init)).json() as Promise<Echo>;
    },
  },
  {
    name: "fetch of a Request",
    kinds: bodyKinds,
    sends: () => true,
    send: async (request) => {
      const { url, method, headers } = request;
      const body = makeBody(request);
      const init = { method, headers, ...(body === undefined ? {} : { body, duplex: "half" }) };
      return (await scope.fetch(new Request(url, init))).json() as Promise<Echo>;
    },
  },
  ...(["http", "fetch"] as const).map(
    (adapter): Stack => ({
      name: `axios (${adapter})`,
      // axios itself sends the whole buffer behind a view.
      kinds: bodyKinds.filter((kind) => kind !== "stream" && kind !== "view"),
      sends: () => true,
      async send(request) {
        const instance = axios.create({ adapter });
        protectAxios(agent, instance, { scope });
        const { url, method, headers } = request;
        return (await instance.request<Echo>({ url, method, headers, data: makeBody(request) })).data;
      },
    }),
  ),
  {
    name: "XMLHttpRequest",
    kinds: bodyKinds.filter((kind) => kind !== "stream"),
    sends: () => true,
    send: sendXhr,
  },
  {
    name: "WebSocket",
    kinds: noBody,
    sends: outsideBody,
    send: firstMessage,
  },
  {
    name: "EventSource",
    kinds: noBody,
    sends: (spot) => outsideBody(spot) && spot.mode === "delivered",
    send: firstEvent,
  },
];

const rows = stacks.flatMap((stack) =>
  spots.filter(stack.sends).map((spot) => ({ stack, spot, title: `${stack.name}: ${nameOf(spot)}` })),
);

describe("each stack, each place, each body", () => {
  it.each(rows)("$title is filled at its place alone, and the body is intact", async ({ stack, spot }) => {
    const base = `${world.places.origin}${pathOf(spot)}`;
    const given = spot.when === "placeholder" ? world.placeholder(spot) : "anything";
    // The broker fills what it is sent: the value is not on the device.
    const filled = spot.mode === "delivered" ? secretOf(spot) : world.placeholder(spot);
    for (const kind of stack.kinds) {
      const asked = requestFor(spot, base, given, kind);
      const echo = await stack.send(asked);
      await expectArrived(spot, asked, echo, { given, filled });
      expect(JSON.stringify(world.foreign.arrived)).not.toContain("VALUE-");
    }
  });

  it("a value that the broker is to fill never leaves the device", () => {
    const brokered = spots.filter((spot) => spot.mode === "brokered");
    expect(world.service.relayed.length).toBeGreaterThan(brokered.length);
    const seen = JSON.stringify([world.service.relayed, world.places.arrived, world.broker.arrived]);
    for (const spot of brokered) expect(seen).not.toContain(secretOf(spot));
  });
});

/** All that arrived, with what stands in it encoded. */
function opened(echo: Echo | undefined): string {
  const decoded = [echo?.body ?? "", echo?.headers.authorization?.replace(/^Basic /, "") ?? ""];
  return [JSON.stringify(echo), ...decoded.map((text) => Buffer.from(text, "base64").toString())].join("\n");
}

const crossing = rows.filter(({ stack, spot }) => stack.name !== "WebSocket" && spot.mode === "delivered");

describe("each stack, each place, across origins", () => {
  it.each(crossing)("$title: nothing that was added goes along, by any status or body", async ({ stack, spot }) => {
    const given = spot.when === "placeholder" ? world.placeholder(spot) : "anything";
    const kinds = stack.kinds.filter((kind) => kind !== "stream" && kind !== "empty");
    for (const target of [world.foreign, world.tokened]) {
      for (const kind of kinds) {
        for (const status of [302, 307]) {
          const asked = requestFor(spot, `${world.places.origin}${pathOf(spot)}`, given, kind);
          // It leads to where the same text stands at the same spot.
          const to =
            asked.url.replace(world.places.origin, target.origin) + (stack.name === "EventSource" ? "&events=1" : "");
          const url = `${asked.url}&status=${status}&redirect=${encodeURIComponent(to)}`;
          const before = [world.places.arrived.length, target.arrived.length];
          const echo = await stack.send({ ...asked, url });
          expect([world.places.arrived.length, target.arrived.length]).toEqual(before.map((count) => count + 1));
          expect(opened(world.places.arrived.at(-1)).includes(secretOf(spot))).toBe(isFilled(spot, kind));
          expect(opened(echo)).not.toContain("VALUE-");
          expect([echo.headers["x-token"], echo.headers.authorization]).toEqual([undefined, undefined]);
          if (status === 307 && kind === "text") expect(Buffer.from(echo.body, "base64").toString()).toBe(asked.text);
        }
      }
    }
  });
});
