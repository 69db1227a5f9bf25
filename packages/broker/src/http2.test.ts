import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  call,
  closeBrokerLab,
  openBrokerLab,
  placeholder,
  project,
  resetBrokerLab,
  secret,
  state,
} from "./broker-lab.suite.ts";

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(resetBrokerLab);

const target = `/b/${project}/second/v1/list?api_key=${placeholder}`;
const ask = (options: Parameters<typeof call>[0] = {}) => call({ target, ...options });
const session = () => [...state.sockets];
const streamOf = (response: ServerResponse) => (response as unknown as Http2ServerResponse).stream;

describe("an upstream of HTTP/2", () => {
  test("gets what one of HTTP/1.1 gets, filled and stripped", async () => {
    const headers = { "x-kept": "1", cookie: "a=b", range: "bytes=0-1", "x-forwarded-for": "1.2.3.4", te: "trailers" };
    expect(await ask({ method: "POST", headers, body: "hello" })).toMatchObject({ status: 200, text: "ok" });
    const [seen] = state.seen;
    expect(seen).toMatchObject({
      method: "POST",
      target: `/v1/list?api_key=${encodeURIComponent(secret)}`,
      body: "hello",
    });
    expect(seen?.headers).toMatchObject({ "x-kept": "1", "content-length": "5", "accept-encoding": "identity" });
    for (const name of ["cookie", "range", "x-forwarded-for", "te", "signature", "countersign-pass", "host"])
      expect(seen?.headers).not.toHaveProperty(name);
  });

  test.each([
    ["raw", secret],
    ["percent", encodeURIComponent(secret)],
    ["base64", Buffer.from(secret).toString("base64")],
    ["base64url", Buffer.from(`x${secret}`).toString("base64url")],
    ["hexadecimal", Buffer.from(secret).toString("hex")],
    ["JSON", JSON.stringify(secret).replaceAll("/", "\\/").slice(1, -1)],
  ])("has its answer masked of the value: %s", async (_, form) => {
    state.answer = (_request, response) => {
      response.setHeader("x-echo", form);
      response.write(`before ${form.slice(0, 5)}`);
      response.end(`${form.slice(5)} after`);
    };
    const { text, headers } = await ask();
    expect(text).toMatch(/^before .*\*{8,}.* after$/);
    expect(`${text}${headers.get("x-echo")}`).not.toContain(form);
  });

  test("has headers stripped that it may not say in the broker's name, and its redirect rewritten", async () => {
    state.answer = (_request, response) => {
      for (const name of ["set-cookie", "alt-svc", "strict-transport-security", "link"]) response.setHeader(name, "x");
      response.setHeader("location", "/v1/next");
      response.writeHead(302);
      response.end();
    };
    const { status, headers } = await ask();
    expect([status, headers.get("location")]).toEqual([302, `/b/${project}/second/v1/next`]);
    expect([...headers.keys()].filter((name) => /cookie|alt-svc|strict|link/.test(name))).toEqual([]);
  });

  test.each([
    ["in a coding", (response: ServerResponse) => response.setHeader("content-encoding", "gzip")],
    ["a piece", (response: ServerResponse) => response.setHeader("content-range", "bytes 0-1/5")],
  ])("is refused where its answer is %s", async (_, make) => {
    state.answer = (_request, response) => {
      make(response);
      response.end("x");
    };
    expect((await ask()).code).toBe("upstream_refused");
  });

  test("serves calls one beside the other over one connection, which is gone after its idle time", async () => {
    const all: ServerResponse[] = [];
    const { promise: both, resolve } = Promise.withResolvers<void>();
    state.answer = (_request, response) => {
      if (all.push(response) === 2) resolve();
    };
    await ask({ path: "/v1", method: "HEAD", abort: AbortSignal.timeout(1) }).catch(() => {});
    all.length = 0;
    const answers = [ask(), ask()];
    await both;
    expect(session()).toHaveLength(1);
    all.forEach((response, index) => void response.end(`answer ${index}`));
    expect((await Promise.all(answers)).map(({ text }) => text).toSorted()).toEqual(["answer 0", "answer 1"]);
    await Promise.all(session().map((socket) => once(socket, "close")));
    expect(session()).toEqual([]);
  });

  test("loses the stream alone of a caller who goes", async () => {
    const abort = new AbortController();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    state.answer = (_request, response) => {
      response.once("close", resolve);
      response.write("beginning");
      abort.abort();
    };
    await expect(ask({ abort: abort.signal })).rejects.toThrow();
    await closed;
    const [before] = session();
    state.answer = (_request, response) => void response.end("ok");
    expect((await ask()).text).toBe("ok");
    expect(session()).toEqual([before]);
  });

  test.each([
    [
      "resets a stream before a byte",
      (response: ServerResponse) => streamOf(response).close(constants.NGHTTP2_INTERNAL_ERROR),
      "upstream_unavailable",
    ],
    ["never says a word", () => {}, "upstream_timeout"],
    [
      "trickles without an end",
      (response: ServerResponse) => {
        const timer = setInterval(() => response.write("x"), 20);
        response.on("close", () => clearInterval(timer));
      },
      "cut",
    ],
    ["stops within its body", (response: ServerResponse) => response.write("x"), "cut"],
    [
      "ends its connection within its body",
      (response: ServerResponse) => {
        response.write("x", () => session().forEach((socket) => void socket.resetAndDestroy()));
      },
      "cut",
    ],
    [
      "ends its connection before a byte",
      () => session().forEach((socket) => void socket.resetAndDestroy()),
      "upstream_unavailable",
    ],
  ] as const)("that %s leaves neither a connection nor a place behind", async (_, fault, expected) => {
    state.answer = (_request, response) => {
      response.on("error", () => {});
      fault(response);
    };
    const outcome = () =>
      ask().then(
        ({ code, text }) => code ?? text,
        () => "cut",
      );
    expect(await Promise.all([outcome(), outcome()])).toEqual([expected, expected]);
    state.answer = (_request, response) => void response.end("ok");
    expect(await Promise.all([outcome(), outcome()])).toEqual(["ok", "ok"]);
    await Promise.all(session().map((socket) => once(socket, "close")));
    expect(session()).toEqual([]);
  });
});
