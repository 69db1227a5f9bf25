import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { callUpstream } from "./call-upstream.ts";
import { ask, callTo, closeUpstreamLab, openPools, rawUpstream, turns } from "./upstream-lab.suite.ts";

afterEach(closeUpstreamLab);

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const kinds = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;
const [endStream, endHeaders, ack] = [1, 4, 1];

interface Frame {
  readonly kind: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

function frame(kind: keyof typeof kinds, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(kinds[kind], 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function framesOf(heard: string): Frame[] {
  const bytes = Buffer.from(heard, "latin1");
  const frames: Frame[] = [];
  for (let at = preface.length; at + 9 <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    if (at + 9 + length > bytes.length) break;
    const payload = bytes.subarray(at + 9, at + 9 + length);
    frames.push({ kind: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, stream: bytes.readUInt32BE(at + 5), payload });
    at += 9 + length;
  }
  return frames;
}

const uint32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => void bytes.writeUInt32BE(value, index * 4));
  return bytes;
};
/** HPACK: `:status: 200`, and literal fields that are not indexed. */
const fields = (...pairs: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat([
    Buffer.from([0x88]),
    ...pairs.map(([name, value]) =>
      Buffer.from(`\0${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`, "latin1"),
    ),
  ]);
const answer = (stream: number, text = "ok"): Buffer =>
  Buffer.concat([frame("headers", endHeaders, stream, fields()), frame("data", endStream, stream, Buffer.from(text))]);

/** Calls back with each request's stream, by connection; settings are exchanged before. */
async function upstreamOf(
  onRequest: (socket: TLSSocket, stream: number, connection: number) => void,
  settings = Buffer.alloc(0),
) {
  const told = new Map<TLSSocket, Set<number>>();
  const upstream = await rawUpstream(
    (socket, connection, heard) => {
      const known = told.get(socket) ?? new Set();
      if (!told.has(socket))
        socket.write(Buffer.concat([frame("settings", 0, 0, settings), frame("settings", ack, 0)]));
      told.set(socket, known);
      for (const { kind, stream } of framesOf(heard)) {
        if (kind !== kinds.headers || known.has(stream)) continue;
        known.add(stream);
        onRequest(socket, stream, connection);
      }
    },
    ["h2"],
  );
  const frames = (connection = 0): Frame[] => framesOf(upstream.heard[connection] ?? "");
  return { ...upstream, frames };
}

describe("a connection of HTTP/2", () => {
  test("says nothing of one caller's headers to the table of the next, and takes no pushes", async () => {
    const { port, frames } = await upstreamOf((socket, stream) => socket.write(answer(stream)));
    const pools = openPools();
    const headers = [["x-key", "a-secret-value"]] as const;
    expect(await ask(pools, port, { headers })).toBe("ok");
    const before = frames().find(({ kind }) => kind === kinds.headers)?.payload.length;
    await turns();
    expect(await ask(pools, port, { headers })).toBe("ok");
    const all = frames().filter(({ kind }) => kind === kinds.headers);
    // An indexed header would be a byte the second time.
    expect(all[1]?.payload.length).toBeGreaterThanOrEqual((before ?? 0) - "localhost:65535".length);
    const settings = frames().find(({ kind, flags }) => kind === kinds.settings && flags === 0)?.payload;
    expect(settings?.includes(Buffer.from([0, 2, 0, 0, 0, 0]))).toBe(true);
  });

  test("refuses what is pushed, and goes on", async () => {
    const pushed = Buffer.concat([uint32(2), fields()]);
    const { port } = await upstreamOf((socket, stream) =>
      socket.write(Buffer.concat([frame("push", endHeaders, stream, pushed), answer(2, "pushed"), answer(stream)])),
    );
    expect(["ok", "upstream_unavailable"]).toContain(await ask(openPools(), port));
  });

  test("ends an upload that is broken off by a reset, and by no end before it", async () => {
    for (const length of [30, null]) {
      const { port, frames, sockets } = await upstreamOf(() => {});
      async function* body(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("0123456789");
        while (!frames().some(({ kind }) => kind === kinds.data)) await turns(1);
        throw new Error("not what was covered");
      }
      expect(await ask(openPools(), port, { method: "POST", body: body(), length })).toBe("upstream_unavailable");
      while (!frames().some(({ kind }) => kind === kinds.reset)) await turns(1);
      await turns();
      const ends = frames().filter(({ kind, flags }) => kind <= kinds.headers && (flags & endStream) !== 0);
      expect([ends, sockets[0]?.destroyed]).toEqual([[], false]);
    }
  });

  test("ends an upload that is whole by its end", async () => {
    const { port, frames } = await upstreamOf((socket, stream) => {
      const look = (): void => {
        if (frames().some(({ kind, flags }) => kind === kinds.data && (flags & endStream) !== 0))
          socket.write(answer(stream));
        else setImmediate(look);
      };
      look();
    });
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("0123456789");
      yield Buffer.from("abc");
    }
    expect(await ask(openPools(), port, { method: "POST", body: body(), length: 13 })).toBe("ok");
    const sent = frames().filter(({ kind }) => kind === kinds.data);
    expect(Buffer.concat(sent.map(({ payload }) => payload)).toString()).toBe("0123456789abc");
  });

  test("gives an upload up that its windows have no room for", async () => {
    // SETTINGS_INITIAL_WINDOW_SIZE of none, and no WINDOW_UPDATE.
    const none = Buffer.concat([Buffer.from([0, 4]), uint32(0)]);
    const { port, frames } = await upstreamOf(() => {}, none);
    let given = 0;
    async function* body(): AsyncGenerator<Uint8Array> {
      for (; given < 1000; given += 1) yield Buffer.alloc(65_536);
    }
    const limits = { ...callTo(port).limits, idleMs: 100 };
    expect(await ask(openPools(), port, { method: "POST", body: body(), length: null, limits })).toBe(
      "upstream_timeout",
    );
    expect(given).toBeLessThan(10);
    while (!frames().some(({ kind }) => kind === kinds.reset)) await turns(1);
  });

  test("is left where it says so, and what is under way on it ends there", async () => {
    const { port, sockets } = await upstreamOf((socket, stream, connection) => {
      if (connection > 0) return void socket.write(answer(stream, "new"));
      socket.write(
        Buffer.concat([frame("headers", endHeaders, stream, fields()), frame("goaway", 0, 0, uint32(stream, 0))]),
      );
    });
    const pools = openPools();
    const first = await callUpstream(pools, callTo(port));
    await turns();
    expect(await ask(pools, port)).toBe("new");
    sockets[0]?.write(frame("data", endStream, 1, Buffer.from("late")));
    let text = "";
    if (first.ok) for await (const part of first.answer) text += String(part);
    expect([text, first.ok && first.answer.complete]).toEqual(["late", true]);
  });

  test.each([
    ["GET", "again"],
    ["POST", "upstream_unavailable"],
  ])("that refuses a %s unseen has it repeated only where that is safe: %s", async (method, expected) => {
    const { port, sockets } = await upstreamOf((socket, stream, connection) => {
      if (connection > 0) socket.write(answer(stream, "again"));
      else if (stream === 1) socket.write(answer(stream));
      else socket.write(frame("reset", 0, stream, uint32(7)));
    });
    const pools = openPools();
    expect(await ask(pools, port)).toBe("ok");
    await turns();
    expect(await ask(pools, port, { method })).toBe(expected);
    expect(sockets).toHaveLength(method === "GET" ? 2 : 1);
  });

  test("that has become too much for its upstream is left to those under way on it", async () => {
    const { port, sockets } = await upstreamOf((socket, stream, connection) => {
      if (connection > 0) return void socket.write(answer(stream, "new"));
      socket.write(
        stream === 1 ? frame("headers", endHeaders, stream, fields()) : frame("reset", 0, stream, uint32(11)),
      );
    });
    const pools = openPools();
    const slow = await callUpstream(pools, callTo(port));
    expect(await ask(pools, port, { method: "POST" })).toBe("upstream_unavailable");
    expect(await ask(pools, port, { method: "POST" })).toBe("new");
    sockets[0]?.write(frame("data", endStream, 1, Buffer.from("late")));
    let text = "";
    if (slow.ok) for await (const part of slow.answer) text += String(part);
    expect([text, sockets.length]).toEqual(["late", 2]);
  });

  test("that lets a call wait in vain is asked nothing more: nobody may be there any more", async () => {
    const { port, sockets } = await upstreamOf((socket, stream, connection) => {
      if (connection > 0) socket.write(answer(stream, "new"));
      else if (stream === 1) socket.write(answer(stream));
    });
    const pools = openPools();
    const limits = { ...callTo(port).limits, answerMs: 50 };
    expect(await ask(pools, port)).toBe("ok");
    await turns();
    expect(await ask(pools, port, { limits })).toBe("upstream_timeout");
    expect([await ask(pools, port), sockets.length]).toEqual(["new", 2]);
  });

  test.each([
    ["before an answer", Buffer.alloc(0), "upstream_unavailable"],
    ["within an answer", answer(1, "part").subarray(0, -4 - 9), "cut"],
    [
      "within its body",
      Buffer.concat([frame("headers", endHeaders, 1, fields()), frame("data", 0, 1, Buffer.from("part"))]),
      "cut",
    ],
  ])("that resets a call without an error %s has not answered it, uploaded or not", async (_, begun, expected) => {
    const { port } = await upstreamOf((socket, stream) => {
      socket.write(Buffer.concat([begun, frame("reset", 0, stream, uint32(0))]));
    });
    expect(await ask(openPools(), port)).toBe(expected);
    const { promise: never, resolve } = Promise.withResolvers<void>();
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("begun");
      await never;
    }
    expect(await ask(openPools(), port, { method: "POST", body: body() })).toBe(expected);
    resolve();
  });

  const block = fields(["x", "y"]);
  const longName = String.fromCharCode(100);
  test.each([
    ["resets", (stream: number) => frame("reset", 0, stream, uint32(2))],
    [
      "says less than its length",
      (stream: number) =>
        Buffer.concat([
          frame("headers", endHeaders, stream, fields(["content-length", "9"])),
          frame("data", endStream, stream, Buffer.from("ok")),
        ]),
    ],
    [
      "says more than its length",
      (stream: number) =>
        Buffer.concat([
          frame("headers", endHeaders, stream, fields(["content-length", "1"])),
          frame("data", endStream, stream, Buffer.from("okay")),
        ]),
    ],
    ["sends data before headers", (stream: number) => frame("data", endStream, stream, Buffer.from("ok"))],
    ["sends data on a stream that is not", () => frame("data", 0, 99, Buffer.from("ok"))],
    [
      "sends headers without an end",
      (stream: number) =>
        Buffer.concat([
          frame("headers", 0, stream, block),
          ...Array.from({ length: 5000 }, () => frame("continuation", 0, stream, block.subarray(1))),
        ]),
    ],
    [
      "sends too many headers",
      (stream: number) =>
        frame(
          "headers",
          endHeaders | endStream,
          stream,
          fields(...Array.from({ length: 400 }, () => ["x", "y"] as const)),
        ),
    ],
    [
      "sends too long headers",
      (stream: number) =>
        frame(
          "headers",
          endHeaders | endStream,
          stream,
          fields(...Array.from({ length: 140 }, () => [longName.repeat(10), "z".repeat(120)] as const)),
        ),
    ],
    [
      "breaks the compression",
      (stream: number) => frame("headers", endHeaders, stream, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])),
    ],
    [
      "has a connection's header",
      (stream: number) => frame("headers", endHeaders, stream, fields(["connection", "close"])),
    ],
    ["has a header in capitals", (stream: number) => frame("headers", endHeaders, stream, fields(["X-A", "b"]))],
    ["sends frames too large", (stream: number) => frame("data", 0, stream, Buffer.alloc(70_000))],
    [
      "overruns its window",
      (stream: number) =>
        Buffer.concat([
          frame("headers", endHeaders, stream, fields()),
          ...Array.from({ length: 40 }, () => frame("data", 0, stream, Buffer.alloc(16_000))),
        ]),
    ],
    [
      "asks for acknowledgements without an end",
      () => Buffer.concat(Array.from({ length: 30_000 }, () => frame("ping", 0, 0, Buffer.alloc(8)))),
    ],
    [
      "changes its settings without an end",
      () => Buffer.concat(Array.from({ length: 30_000 }, () => frame("settings", 0, 0))),
    ],
    [
      "opens windows that are open",
      (stream: number) =>
        Buffer.concat(Array.from({ length: 3 }, () => frame("window", 0, stream, uint32(0x7fffffff)))),
    ],
    [
      "switches the protocol",
      (stream: number) => frame("headers", endHeaders, stream, Buffer.from("\x08\x03101", "latin1")),
    ],
    [
      "says a status there is none of",
      (stream: number) => frame("headers", endHeaders | endStream, stream, Buffer.from("\x08\x03999", "latin1")),
    ],
    ["sends its bytes and closes", () => Buffer.from("HTTP/1.1 200 OK\r\n\r\n")],
  ])("fails a call, and no other, where its upstream %s", async (_, bytes) => {
    const { port } = await upstreamOf((socket, stream, connection) => {
      socket.write(connection === 0 && stream === 1 ? bytes(stream) : answer(stream, "own"));
    });
    const pools = openPools();
    const limits = { ...callTo(port).limits, answerMs: 300, idleMs: 100 };
    expect(["cut", "upstream_unavailable", "upstream_timeout", "upstream_refused"]).toContain(
      await ask(pools, port, { limits }),
    );
    await turns();
    expect(await ask(pools, port)).toBe("own");
  });

  test("that answers whole before an upload is, is not waited for with the rest", async () => {
    const { port, frames, sockets } = await upstreamOf((socket, stream) => socket.write(answer(stream, "early")));
    const { promise: never } = Promise.withResolvers<void>();
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("0123456789");
      await never;
    }
    const pools = openPools();
    expect(await ask(pools, port, { method: "POST", body: body(), length: 30 })).toBe("early");
    while (!frames().some(({ kind }) => kind === kinds.reset)) await turns(1);
    expect(await ask(pools, port)).toBe("early");
    expect(sockets).toHaveLength(1);
  });

  test("has no more than its upstream takes, and calls beyond that go over another", async () => {
    const two = Buffer.concat([Buffer.from([0, 3]), uint32(2)]);
    const open: [TLSSocket, number][] = [];
    const { port, sockets } = await upstreamOf((socket, stream) => {
      if (stream === 1 && open.length === 0) socket.write(answer(stream));
      else open.push([socket, stream]);
    }, two);
    const pools = openPools();
    expect(await ask(pools, port)).toBe("ok");
    await turns();
    open.length = 0;
    const held = [1, 2, 3].map(() => ask(pools, port));
    while (open.length < 3 && sockets.length < 2) await turns(1);
    while (open.length < 2) await turns(1);
    expect(sockets.length).toBe(2);
    sockets[1]?.on("data", () => {});
    for (const [socket, stream] of open) socket.write(answer(stream));
    expect(await Promise.race(held)).toBe("ok");
    for (const socket of sockets) socket.destroy();
    await Promise.all(held);
  });

  test("is closed after its idle time", async () => {
    const { port, sockets } = await upstreamOf((socket, stream) => socket.write(answer(stream)));
    expect(await ask(openPools({ idleMs: 50 }), port)).toBe("ok");
    const [socket] = sockets;
    if (socket?.destroyed === false) await once(socket, "close");
  });
});
