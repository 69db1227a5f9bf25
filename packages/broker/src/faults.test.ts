import { once } from "node:events";
import { createServer, get, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  broker,
  call,
  closeBrokerLab,
  openBrokerLab,
  origin,
  placeholder,
  project,
  resetBrokerLab,
  secret,
  sign,
  state,
} from "./broker-lab.suite.ts";

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(resetBrokerLab);

const socketOf = (response: ServerResponse): Socket => {
  if (response.socket === null) throw new TypeError("the answer has no connection");
  return response.socket;
};
const raw =
  (text: string, then: "end" | "destroy" | "wait" = "end") =>
  (response: ServerResponse): void => {
    const socket = socketOf(response);
    socket.write(text, () => {
      if (then === "destroy") socket.destroy();
      if (then === "end") socket.end();
    });
  };
/** Writes until nobody takes it any more. */
const forever =
  (head: string, piece: string) =>
  (response: ServerResponse): void => {
    const socket = socketOf(response);
    socket.on("error", () => {});
    socket.write(head);
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece));
      if (!socket.destroyed) socket.once("drain", more);
    };
    more();
  };
/** One byte each 20 ms: always in time for the next, never done. */
const trickling = (response: ServerResponse): void => {
  const timer = setInterval(() => response.write("x"), 20);
  response.on("close", () => clearInterval(timer));
};

const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const sized = (length: string): string => `HTTP/1.1 200 OK\r\n${length}\r\n\r\n`;

/** What the caller gets: a problem's code, `cut` where the connection breaks, or the text. */
const faults: readonly (readonly [string, (response: ServerResponse) => void, string])[] = [
  [
    "resets before a byte",
    () => state.sockets.forEach((socket) => void socket.resetAndDestroy()),
    "upstream_unavailable",
  ],
  ["closes before a byte", (response) => void socketOf(response).end(), "upstream_unavailable"],
  ["resets within its headers", raw("HTTP/1.1 200 OK\r\nx-a: ", "destroy"), "upstream_unavailable"],
  ["does not speak HTTP", raw("SSH-2.0-OpenSSH_9.9\r\n", "wait"), "upstream_unavailable"],
  ["has two lengths", raw(`${sized("content-length: 2\r\ncontent-length: 3")}okk`), "upstream_unavailable"],
  [
    "has a length and chunks",
    raw(`${sized("content-length: 2\r\ntransfer-encoding: chunked")}2\r\nok\r\n0\r\n\r\n`),
    "upstream_unavailable",
  ],
  ["has a length that is no number", raw(`${sized("content-length: 0x2")}ok`), "upstream_unavailable"],
  ["says more than it sends", raw(`${sized("content-length: 100")}short`), "cut"],
  ["resets within its body", raw(`${sized("content-length: 100")}short`, "destroy"), "cut"],
  ["sends more than it says", raw(`${sized("content-length: 2")}ok${sized("content-length: 8")}smuggled`), "ok"],
  ["says what no status line may", raw(`${sized("content-length: 2").replace("OK", "O\u0001K")}ok`), "ok"],
  ["says it in no character of a status line", raw(`${sized("content-length: 2").replace("OK", "\u20ac")}ok`), "ok"],
  ["breaks a chunk", raw(`${chunked}5\r\nhello\r\nzz\r\n`), "cut"],
  ["ends within a chunk", raw(`${chunked}ff\r\nhello`), "cut"],
  ["leaves the last chunk out", raw(`${chunked}5\r\nhello\r\n`), "cut"],
  ["stops within its body", raw(`${sized("content-length: 100")}short`, "wait"), "cut"],
  ["never says a word", () => {}, "upstream_timeout"],
  ["never ends its headers", forever("HTTP/1.1 200 OK\r\n", `x-a: ${"b".repeat(4000)}\r\n`), "upstream_unavailable"],
  ["never ends its body", forever(chunked, `400\r\n${"y".repeat(1024)}\r\n`), "cut"],
  [
    "never ends a body without a length",
    forever("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", "y".repeat(1024)),
    "cut",
  ],
  ["trickles without an end", trickling, "cut"],
];

async function outcome(): Promise<string> {
  try {
    const { code, text } = await call();
    return code ?? text;
  } catch {
    return "cut";
  }
}

/** Every connection to the upstream is closed, and both places of the instance are free. */
async function expectNothingLeft(): Promise<void> {
  await Promise.all([...state.sockets].map((socket) => once(socket, "close")));
  expect(state.sockets.size).toBe(0);
  state.answer = (_request, response) => void response.end("ok");
  expect(await Promise.all([outcome(), outcome()])).toEqual(["ok", "ok"]);
}

describe("an upstream that", () => {
  test.each(faults)("%s leaves neither a connection nor a place behind", async (_, answer, expected) => {
    state.answer = (_request, response) => {
      response.on("error", () => {});
      answer(response);
    };
    // As many as the instance has places for.
    expect(await Promise.all([outcome(), outcome()])).toEqual([expected, expected]);
    await expectNothingLeft();
  });
});

describe("a caller that", () => {
  const path = `/v1/list?api_key=${placeholder}`;
  const target = (): string => `/b/${project}/photos${path}`;

  test("goes while the upstream is silent leaves neither a connection nor a place behind", async () => {
    for (let round = 0; round < 3; round += 1) {
      const abort = new AbortController();
      state.answer = () => abort.abort();
      await expect(call({ abort: abort.signal })).rejects.toThrow();
    }
    await expectNothingLeft();
  });

  test("had gone before it is judged has nothing asked in its name", async () => {
    const { promise: handled, resolve } = Promise.withResolvers<void>();
    const late = createServer((request, response) => {
      const { method = "", url: rawTarget = "", headers } = request;
      const asked = { method, project, api: "photos", rest: path, rawTarget, headers, body: request };
      response.once("close", () => void broker.handle(asked, response).then(resolve));
    });
    late.listen(0, "127.0.0.1");
    await once(late, "listening");
    const { port } = late.address() as AddressInfo;
    const request = get(`http://127.0.0.1:${port}${target()}`, { headers: sign({}, "GET", target()), agent: false });
    request.on("error", () => {});
    await once(late, "request");
    request.destroy();
    await handled;
    late.close();
    expect([state.seen, state.events.map(({ code }) => code)]).toEqual([[], ["upstream_unavailable"]]);
    await expectNothingLeft();
  });

  test("goes within the answer ends it at the upstream", async () => {
    state.answer = (_request, response) => forever(chunked, `400\r\n${"z".repeat(1024)}\r\n`)(response);
    for (let round = 0; round < 3; round += 1) {
      const headers = sign({}, "GET", target());
      const request = get(origin + target(), { headers, agent: false });
      const [response] = await once(request, "response");
      await once(response, "data");
      response.on("error", () => {});
      request.destroy();
    }
    await expectNothingLeft();
  });

  test("takes nothing is given up, and the upstream with it; what waits for it meanwhile is bounded", async () => {
    let sent = 0;
    state.answer = (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (sent < 64 * 1024 * 1024 && !response.destroyed) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once("drain", more);
        }
      };
      more();
    };
    const headers = Object.entries(sign({}, "GET", target())).map(([name, value]) => `${name}: ${value}\r\n`);
    const { port, hostname } = new URL(origin);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    socket.pause();
    socket.write(`GET ${target()} HTTP/1.1\r\nhost: x\r\n${headers.join("")}\r\n`);
    await once(socket, "connect");
    await loggedEvents(1);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    socket.destroy();
    await expectNothingLeft();
  });

  test("stops within its body, or breaks it off, leaves no place behind", async () => {
    for (const then of ["stop", "break off", "stop"]) {
      const signed = sign({ body: "0123456789" }, "POST", target());
      const headers = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`);
      const { port, hostname } = new URL(origin);
      const socket = connect(Number(port), hostname);
      socket.on("error", () => {});
      socket.write(`POST ${target()} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n${headers.join("")}\r\n01234`);
      socket.resume();
      await once(socket, "connect");
      if (then === "break off") socket.resetAndDestroy();
      await once(socket, "close");
    }
    await loggedEvents(3);
    expect(state.seen).toEqual([]);
    await expectNothingLeft();
  });
});

/** Waits until this many calls have been logged, which is the last thing done for each. */
async function loggedEvents(count: number): Promise<void> {
  while (state.events.length < count) await new Promise((resolve) => void setImmediate(resolve));
}

describe("a stream", () => {
  test("is sent on event by event, as each is whole, though no value can be told from its beginning", async () => {
    const { promise: asked, resolve } = Promise.withResolvers<ServerResponse>();
    state.value = "plain-key-0123456789";
    state.answer = (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      resolve(response);
    };
    const answer = await fetch(`${origin}/b/${project}/photos/v1/list?api_key=${placeholder}`, {
      headers: sign({}, "GET", `/b/${project}/photos/v1/list?api_key=${placeholder}`),
    });
    const reader = answer.body?.getReader();
    const next = async (): Promise<string> => Buffer.from((await reader?.read())?.value ?? []).toString();
    const upstream = await asked;
    const send = (text: string): void => void upstream.write(text);
    for (const end of ["\n\n", "\r\n\r\n", "\r\r"]) {
      send(`data: ${state.value}${end}data: plain-key-0`);
      expect(await next()).toBe(`${end === "\n\n" ? "" : "data: plain-key-0 "}data: ${"*".repeat(20)}${end}`);
      send(" ");
    }
    expect(state.events).toEqual([]);
    upstream.end();
    expect(await next()).toBe("data: plain-key-0 ");
  });

  test("is sent on at the caller's pace, byte for byte, both ways", async () => {
    const body = JSON.stringify({ key: placeholder, pad: "p".repeat(3000) });
    state.answer = (request, response) => {
      const piece = Buffer.from(request.body.replace(secret, "k").slice(-1000));
      for (let part = 0; part < 150; part += 1) response.write(piece);
      response.end();
    };
    const answer = await call({
      method: "POST",
      path: "/v1/list",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(answer.text).toBe(body.slice(-1000).repeat(150));
    await expectNothingLeft();
  });
});
