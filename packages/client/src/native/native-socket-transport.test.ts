import { expect, it } from "vitest";
import { createAborter } from "../abort.ts";
import type { ChannelPolicy } from "../ports.ts";
import type { NativeSocketCalls, NativeSocketEvent } from "./native-bridge.ts";
import { nativeSocketTransport } from "./native-socket-transport.ts";

const policy: ChannelPolicy = { channel: "system", pins: [], roots: [] };

function createBridge(events: readonly NativeSocketEvent[], change: Partial<NativeSocketCalls> = {}) {
  const asked: unknown[] = [];
  const left = [...events];
  const bridge: NativeSocketCalls = {
    openSocket: async () => ({ protocol: "chat", extensions: "" }),
    nextOfSocket: () => {
      const next = left.shift();
      return next === undefined ? Promise.reject(new Error("gone")) : Promise.resolve(next);
    },
    sendToSocket: async ({ text, bytes }) => void asked.push({ text, bytes }),
    closeSocket: async ({ code, reason }) => void asked.push([code, reason]),
    ...change,
  };
  return { bridge, asked };
}

async function open(bridge: NativeSocketCalls, abort = createAborter().handle) {
  const told: unknown[] = [];
  let over = (): void => {};
  const closed = new Promise<void>((resolve) => {
    over = resolve;
  });
  const request = { host: "a", port: 443, target: "/", headers: [], protocols: [], policy, abort };
  const socket = await nativeSocketTransport(bridge).open(request, {
    message: (data) => void told.push(typeof data === "string" ? data : [...data]),
    closed: (end) => {
      told.push(end);
      over();
    },
  });
  return { socket, told, closed };
}

it("hands on messages in order, then one end", async () => {
  const end = { kind: "closed", code: 1000, reason: "bye", wasClean: true } as const;
  const { bridge } = createBridge([{ kind: "text", text: "a" }, { kind: "bytes", bytes: "AQI" }, end]);
  const { told, closed, socket } = await open(bridge);
  await closed;
  expect(told).toEqual(["a", [1, 2], { code: 1000, reason: "bye", wasClean: true }]);
  expect(socket.protocol).toBe("chat");
});

it("ends where the bridge breaks or gives no bytes", async () => {
  const abnormal = { code: 1006, reason: "", wasClean: false };
  const gone = await open(createBridge([]).bridge);
  await gone.closed;
  const { bridge, asked } = createBridge([{ kind: "bytes", bytes: "no b64u!" }]);
  const bad = await open(bridge);
  await bad.closed;
  expect([gone.told, bad.told, asked]).toEqual([[abnormal], [abnormal], [[null, ""]]]);
});

it("sends text and bytes, counts what is not written yet, and closes as it is told", async () => {
  const { bridge, asked } = createBridge([], { nextOfSocket: () => new Promise(() => {}) });
  const { socket } = await open(bridge);
  socket.send("abc");
  socket.send(new Uint8Array([1, 2]));
  expect(socket.bufferedAmount()).toBe(5);
  await new Promise(setImmediate);
  expect(socket.bufferedAmount()).toBe(0);
  socket.close(1000, "done");
  expect(asked).toEqual([{ text: "abc", bytes: undefined }, { text: undefined, bytes: "AQI" }, [1000, "done"]]);
});

it("opens nothing without a pin where pins are demanded, and closes what was given up meanwhile", async () => {
  const { bridge } = createBridge([]);
  const pinned = {
    host: "a",
    port: 443,
    target: "/",
    headers: [],
    protocols: [],
    policy: { ...policy, channel: "pins" },
  };
  const listener = { message: () => {}, closed: () => {} };
  const abort = createAborter();
  await expect(
    nativeSocketTransport(bridge).open({ ...pinned, abort: abort.handle } as never, listener),
  ).rejects.toMatchObject({ code: "channel_refused" });
  const slow = createBridge([], {
    openSocket: async () => {
      abort.abort();
      return { protocol: "", extensions: "" };
    },
  });
  await expect(open(slow.bridge, abort.handle)).rejects.toMatchObject({ code: "aborted" });
  expect(slow.asked).toContainEqual([null, ""]);
});
