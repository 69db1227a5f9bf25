import { expect, it } from "vitest";
import { createAborter } from "../abort.ts";
import type { ChannelPolicy, StreamedBody } from "../ports.ts";
import type { NativeExchangeCalls, NativeExchangeRequest } from "./native-bridge.ts";
import { exchange } from "./native-exchange.ts";

const policy: ChannelPolicy = { channel: "both", pins: ["p"], roots: [new Uint8Array([1, 2])] };
const text = (value: string): string => Buffer.from(value).toString("base64url");

/** A bridge that answers these pieces, and writes down what it was asked. */
function createBridge(pieces: readonly (string | null)[], change: Partial<NativeExchangeCalls> = {}) {
  const asked: unknown[] = [];
  const left = [...pieces];
  const bridge: NativeExchangeCalls = {
    send: async (request) => {
      asked.push(["send", request]);
      return { status: 200, headers: [["x", "y"]] };
    },
    receive: async () => ({ piece: left.shift() ?? null }),
    upload: async ({ piece }) => void asked.push(["upload", piece]),
    abandon: async () => void asked.push(["abandon"]),
    ...change,
  };
  return { bridge, asked };
}

const message = (more: object = {}) => ({
  secure: true,
  host: "api.example",
  port: 443,
  target: "/a?b",
  method: "POST",
  headers: [["accept", "*/*"]] as const,
  body: new Uint8Array([1]),
  policy,
  abort: createAborter().handle,
  ...more,
});

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString();
}

function streamOf(parts: readonly string[], length?: number): StreamedBody {
  return {
    ...(length === undefined ? {} : { length }),
    async *[Symbol.asyncIterator]() {
      for (const part of parts) yield new Uint8Array(Buffer.from(part));
    },
  };
}

it("asks for what was checked, to the letter, and gives the answer's pieces in order", async () => {
  const { bridge, asked } = createBridge([text("one "), text("two")]);
  const answer = await exchange(bridge, message());
  expect([answer.status, answer.headers, await read(answer.body)]).toEqual([200, [["x", "y"]], "one two"]);
  const [, request] = asked[0] as ["send", NativeExchangeRequest];
  expect(request).toEqual({
    exchange: expect.any(String),
    secure: true,
    host: "api.example",
    port: 443,
    target: "/a?b",
    method: "POST",
    headers: [["accept", "*/*"]],
    body: "AQ",
    upload: null,
    policy: { channel: "both", pins: ["p"], roots: ["AQI"] },
  });
  expect(asked.slice(1)).toEqual([]);
});

it("sends a body piece by piece, and no more or less than was declared", async () => {
  const whole = createBridge([]);
  await exchange(whole.bridge, message({ body: null, stream: streamOf(["ab", "cd"], 4) }));
  await new Promise(setImmediate);
  expect(whole.asked.slice(1)).toEqual([
    ["upload", text("ab")],
    ["upload", text("cd")],
    ["upload", null],
  ]);
  for (const length of [3, 5]) {
    const { bridge, asked } = createBridge([]);
    await exchange(bridge, message({ body: null, stream: streamOf(["ab", "cd"], length) }));
    await new Promise(setImmediate);
    expect(asked).toContainEqual(["abandon"]);
    expect(asked).not.toContainEqual(["upload", null]);
  }
});

it.each(["channel_refused", "network"])("fails as the native half did: %s", async (code) => {
  const { bridge } = createBridge([], { send: () => Promise.reject({ code, message: "key=secret" }) });
  const failed = exchange(bridge, message());
  await expect(failed).rejects.toMatchObject({ name: "ChannelError", code });
  await expect(failed).rejects.not.toThrow("secret");
});

it("takes whatever else a bridge throws for no answer, and a piece that is no b64u for a cut one", async () => {
  const thrown = createBridge([], { send: () => Promise.reject("gone") });
  await expect(exchange(thrown.bridge, message())).rejects.toMatchObject({ code: "network" });
  const { bridge, asked } = createBridge(["not b64u!"]);
  const answer = await exchange(bridge, message());
  await expect(read(answer.body)).rejects.toMatchObject({ code: "network" });
  expect(asked).toContainEqual(["abandon"]);
});

it("ends natively what is left early or given up, and begins nothing for who gave up before", async () => {
  const left = createBridge([text("one"), text("two")]);
  for await (const _part of (await exchange(left.bridge, message())).body) break;
  expect(left.asked.at(-1)).toEqual(["abandon"]);

  const aborter = createAborter();
  const given = createBridge([], { send: () => new Promise((_, reject) => aborter.handle.onAbort(() => reject({}))) });
  const answering = exchange(given.bridge, message({ abort: aborter.handle }));
  aborter.abort();
  await expect(answering).rejects.toMatchObject({ code: "aborted" });
  expect(given.asked).toContainEqual(["abandon"]);
  await expect(exchange(given.bridge, message({ abort: aborter.handle }))).rejects.toMatchObject({ code: "aborted" });
  expect(given.asked.filter((each) => (each as string[])[0] === "send")).toEqual([]);
});

it("leaves nothing on the caller's handle where an answer can have no body", async () => {
  let held = 0;
  const abort = {
    aborted: false,
    onAbort: () => {
      held += 1;
      return () => {
        held -= 1;
      };
    },
  };
  const empty = createBridge([], { send: async () => ({ status: 204, headers: [] }) });
  await exchange(empty.bridge, message({ abort }));
  await exchange(createBridge([]).bridge, message({ abort, method: "HEAD" }));
  expect(held).toBe(0);
});
