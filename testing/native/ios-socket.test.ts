import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativeBridge } from "@countersign/client/native";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { requireAll } from "../vectors.ts";
import { swiftFolder } from "./compile-swift.ts";
import { compileSwiftBridge, type SwiftBridge, startSwiftBridge } from "./swift-bridge.ts";

const policy = { channel: "system", pins: [], roots: [] } as const;
type Opening = Parameters<NativeBridge["openSocket"]>[0];
let sockets = 0;

const broken = { kind: "closed", code: 1006, reason: "", wasClean: false };
const acceptOf = (key: string): string =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

describe.skipIf(swiftFolder === null && !requireAll)("the iOS agent's WebSockets, compiled and run", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-swift-socket-"));
  const ends: (() => void)[] = [];
  let native: SwiftBridge;
  let bridge: NativeBridge;
  beforeAll(() => {
    expect(compileSwiftBridge(folder)).toEqual([]);
    native = startSwiftBridge(folder, join(folder, "channels"));
    bridge = native.bridge;
  }, 300_000);
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });
  afterAll(() => {
    native?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const listening = (server: Server): Promise<number> =>
    new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));

  /** A server of the `ws` package. */
  async function serve(
    onConnection: (socket: WebSocket, request: IncomingMessage) => void,
    options = {},
  ): Promise<number> {
    const http = createHttpServer();
    const server = new WebSocketServer({ server: http, ...options });
    server.on("connection", (socket, request) => {
      socket.on("error", () => {});
      onConnection(socket, request);
    });
    ends.push(() => {
      for (const client of server.clients) client.terminate();
      http.close();
    });
    return listening(http);
  }

  /** A peer that answers an opening with what is made of it, and tells what comes afterwards. */
  async function answer(
    make: (key: string) => string | Buffer,
    onData: (socket: Socket, data: Buffer) => void = () => {},
  ): Promise<number> {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      ends.push(() => socket.destroy());
      socket.once("data", (head: Buffer) => {
        const made = make(/^sec-websocket-key: (\S+)/im.exec(head.toString())?.[1] ?? "");
        socket.on("data", (data: Buffer) => onData(socket, data));
        socket.write(typeof made === "string" ? Buffer.from(made, "latin1") : made);
      });
    });
    ends.push(() => server.close());
    return listening(server);
  }
  const yes = (key: string, more = ""): string =>
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n${more}\r\n`;
  /** A peer that says yes, and these bytes with it. */
  const say = (bytes: Buffer, onData?: (socket: Socket, data: Buffer) => void): Promise<number> =>
    answer((key) => Buffer.concat([Buffer.from(yes(key)), bytes]), onData);

  const openingTo = (port: number, change: Partial<Opening> = {}): Opening => {
    sockets += 1;
    const to = { secure: false, host: "127.0.0.1", port, target: "/", headers: [], protocols: [] };
    return { socket: String(sockets), ...to, policy, ...change };
  };
  async function opened(port: number, change: Partial<Opening> = {}) {
    const opening = openingTo(port, change);
    const said = await bridge.openSocket(opening);
    const { socket } = opening;
    return {
      socket,
      said,
      next: () => bridge.nextOfSocket({ socket }),
      send: (message: { readonly text?: string; readonly bytes?: string }) =>
        bridge.sendToSocket({ socket, ...message }),
      close: (code: number | null, reason = "") => bridge.closeSocket({ socket, code, reason }),
    };
  }

  it("opens to the letter, offers no extension, and takes one of its subprotocols", async () => {
    let seen: IncomingMessage | undefined;
    const port = await serve((_socket, request) => (seen = request), {
      handleProtocols: () => "two",
      perMessageDeflate: true,
    });
    const { said } = await opened(port, {
      target: "/a?b=%7e",
      protocols: ["one", "two"],
      headers: [["Origin", "https://app.example"]],
    });
    expect(said).toEqual({ protocol: "two", extensions: "" });
    const { url, rawHeaders = [], headers } = seen ?? {};
    expect([url, rawHeaders.filter((_, at) => at % 2 === 0)]).toEqual([
      "/a?b=%7e",
      [
        "Host",
        "Upgrade",
        "Connection",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "Sec-WebSocket-Protocol",
        "Origin",
      ],
    ]);
    expect([headers?.host, headers?.["sec-websocket-protocol"]]).toEqual([`127.0.0.1:${port}`, "one, two"]);
    expect(Buffer.from(headers?.["sec-websocket-key"] ?? "", "base64")).toHaveLength(16);
  });

  it("hands text and bytes of every length in both directions, in their order", async () => {
    const port = await serve((socket) =>
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })),
    );
    const { send, next } = await opened(port);
    const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 300_000];
    // Not waited for one by one: what was given first goes first.
    await Promise.all(
      lengths.map((length) => send({ bytes: Buffer.alloc(length, length % 251).toString("base64url") })),
    );
    for (const length of lengths) {
      const event = await next();
      if (event.kind !== "bytes") throw new Error(event.kind);
      expect(Buffer.from(event.bytes, "base64url")).toEqual(Buffer.alloc(length, length % 251));
    }
    await send({ text: "caf\u00e9 \u{1f511}\u0000" });
    expect(await next()).toEqual({ kind: "text", text: "caf\u00e9 \u{1f511}\u0000" });
  });

  it("masks each frame with bytes of its own", async () => {
    const frames: Buffer[] = [];
    let came = (): void => {};
    const both = new Promise<void>((resolve) => {
      came = resolve;
    });
    const port = await say(Buffer.alloc(0), (_socket, data) => {
      frames.push(data);
      if (Buffer.concat(frames).length === 2 * 10) came();
    });
    const { send } = await opened(port);
    await send({ text: "same" });
    await send({ text: "same" });
    await both;
    const all = Buffer.concat(frames);
    const [first, second] = [all.subarray(0, 10), all.subarray(10)];
    expect([first[0], first[1], second[0], second[1]]).toEqual([0x81, 0x84, 0x81, 0x84]);
    expect(first.subarray(2, 6)).not.toEqual(second.subarray(2, 6));
  });

  it("puts a message together from frames, with pings between them, which it answers", async () => {
    let ponged = (_payload: Buffer): void => {};
    const pong = new Promise<Buffer>((resolve) => {
      ponged = resolve;
    });
    const port = await say(hex("01 02 6361 89 03 616263 00 01 66 8a 00 80 02 c3a9"), (_socket, data) => ponged(data));
    const { next } = await opened(port);
    expect(await next()).toEqual({ kind: "text", text: "caf\u00e9" });
    const frame = await pong;
    expect([frame[0], frame[1]]).toEqual([0x8a, 0x83]);
    const mask = frame.subarray(2, 6);
    expect(Buffer.from(frame.subarray(6, 9).map((byte, at) => byte ^ (mask[at] ?? 0))).toString()).toBe("abc");
  });

  it("says how the peer ended it, and answers with its code", async () => {
    let code = 0;
    let closed = (): void => {};
    const over = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const port = await serve((socket) => {
      socket.on("close", (said) => {
        code = said;
        closed();
      });
      socket.close(4001, "caf\u00e9");
    });
    const { next, send } = await opened(port);
    expect(await next()).toEqual({ kind: "closed", code: 4001, reason: "caf\u00e9", wasClean: true });
    await over;
    expect(code).toBe(4001);
    await expect(next()).rejects.toMatchObject({ code: "aborted" });
    await expect(send({ text: "late" })).rejects.toMatchObject({ code: "network" });
  });

  it.each([
    [1000, "bye", 1000, "bye"],
    [4999, "", 4999, ""],
    [null, "", 1005, ""],
  ] as const)("ends it with %s, and waits for the peer to say so too", async (code, reason, said, why) => {
    let ended: unknown;
    const port = await serve((socket) => socket.on("close", (code, reason) => (ended = [code, reason.toString()])));
    const { next, close, send } = await opened(port);
    const waiting = next();
    await close(code, reason);
    await expect(send({ text: "late" })).rejects.toMatchObject({ code: "network" });
    await close(1000);
    expect(await waiting).toEqual({
      kind: "closed",
      code: said,
      reason: said === 1005 ? "" : expect.any(String),
      wasClean: true,
    });
    await expect.poll(() => ended).toEqual([said, why]);
  });

  it("hands on what came before the end", async () => {
    const port = await serve((socket) => {
      socket.send("last");
      socket.close(1001);
    });
    const { next, close } = await opened(port);
    await close(null);
    expect([await next(), await next()]).toEqual([
      { kind: "text", text: "last" },
      { kind: "closed", code: 1001, reason: "", wasClean: true },
    ]);
  });

  it("refuses a second call for the next message while one waits for it", async () => {
    let peer: WebSocket | undefined;
    const { next } = await opened(await serve((socket) => (peer = socket)));
    const waiting = next();
    await expect(next()).rejects.toMatchObject({ code: "unsupported" });
    peer?.send("here");
    expect(await waiting).toEqual({ kind: "text", text: "here" });
  });

  it("waits no longer for a peer that does not answer the end", async () => {
    const { next, close } = await opened(await say(Buffer.alloc(0)));
    const waiting = next();
    await close(1000);
    expect(await waiting).toEqual(broken);
  });

  it("forgets one that nobody asks on, once it has ended it", async () => {
    const { next, close } = await opened(await say(Buffer.alloc(0)));
    await close(1000);
    await expect.poll(() => next().catch((error: unknown) => error)).toMatchObject({ code: "aborted" });
  });

  it.each([
    ["no yes", () => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ["a redirect", () => "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"],
    ["a yes to another protocol", (key: string) => yes(key).replace("WebSocket\r", "h2c\r")],
    ["a yes without Upgrade", (key: string) => yes(key).replace("Upgrade: WebSocket\r\n", "")],
    ["a yes without Connection", (key: string) => yes(key).replace(/Connection: .*\r\n/, "")],
    ["a yes to another opening", () => yes("AAAAAAAAAAAAAAAAAAAAAA==")],
    ["a yes without proof", (key: string) => yes(key).replace(/Sec-WebSocket-Accept: .*\r\n/, "")],
    ["two proofs", (key: string) => yes(key, `Sec-WebSocket-Accept: ${acceptOf(key)}\r\n`)],
    ["an extension that nobody offered", (key: string) => yes(key, "Sec-WebSocket-Extensions: permessage-deflate\r\n")],
    ["a subprotocol that nobody offered", (key: string) => yes(key, "Sec-WebSocket-Protocol: three\r\n")],
    ["two subprotocols", (key: string) => yes(key, "Sec-WebSocket-Protocol: one\r\nSec-WebSocket-Protocol: two\r\n")],
    ["no subprotocol of those that were offered", (key: string) => yes(key)],
    ["a header of a wrong form", (key: string) => yes(key, "X Y: z\r\n")],
    ["bare line feeds", (key: string) => yes(key).replaceAll("\r\n", "\n")],
  ])("opens nothing on %s", async (what, make) => {
    const port = await answer(make);
    // Offered elsewhere, the missing subprotocol would be what each is refused for.
    const protocols = what.includes("subprotocol") ? ["one", "two"] : [];
    await expect(opened(port, { protocols })).rejects.toMatchObject({ code: "network" });
  });

  it("opens nothing where the peer does not answer in time, is not there, or is another device in the clear", async () => {
    const mute = createServer((socket) => ends.push(() => socket.destroy()));
    ends.push(() => mute.close());
    await expect(opened(await listening(mute))).rejects.toMatchObject({ code: "network" });
    await expect(opened(1)).rejects.toMatchObject({ code: "network" });
    await expect(opened(80, { host: "example.org" })).rejects.toMatchObject({ code: "channel_refused" });
  });

  it("gives up an opening that is closed before it is open", async () => {
    let asked = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const port = await answer(() => {
      asked();
      return "";
    });
    const opening = openingTo(port);
    const opened = bridge.openSocket(opening);
    opened.catch(() => {});
    await arrived;
    await bridge.closeSocket({ socket: opening.socket, code: null, reason: "" });
    await expect(opened).rejects.toMatchObject({ code: "aborted" });
  });

  it.each([
    ["a masked frame", "81 81 00000000 61", 1002],
    ["a reserved bit", "c1 01 61", 1002],
    ["an unknown kind", "83 01 61", 1002],
    ["an unknown control frame", "8b 00", 1002],
    ["a control frame in pieces", "09 00", 1002],
    ["a control frame that is too long", `89 7e 007e ${"00".repeat(126)}`, 1002],
    ["a message that goes on with nothing", "80 01 61", 1002],
    ["a message within a message", "01 01 61 81 01 62", 1002],
    ["a length in a longer form than it needs", `81 7e 0001 61`, 1002],
    ["a length of eight bytes that needs two", `82 7f 0000000000000100 ${"00".repeat(256)}`, 1002],
    ["a negative length", "82 7f ffffffffffffffff", 1002],
    ["a message beyond all bounds", "82 7f 0000000001000001", 1009],
    ["pieces beyond all bounds", `02 00 ${"00 00".repeat(4096)}`, 1009],
    ["text that is no UTF-8", "81 02 c328", 1007],
    ["text with half a character", "81 02 e282", 1007],
    ["text with a surrogate", "81 03 eda080", 1007],
    ["an end of one byte", "88 01 03", 1002],
    ["an end with a code that nobody may say", "88 02 03ed", 1002],
    ["an end with a code of no kind", "88 02 0bb7", 1002],
    ["an end whose reason is no UTF-8", "88 04 03e8 c328", 1007],
  ])("ends a connection over which the peer sends %s", async (_what, bytes, code) => {
    let told = (_frame: Buffer): void => {};
    const said = new Promise<Buffer>((resolve) => {
      told = resolve;
    });
    const port = await say(hex(bytes), (_socket, data) => told(data));
    const { next } = await opened(port);
    expect(await next()).toEqual(broken);
    const frame = await said;
    const mask = frame.subarray(2, 6);
    const payload = Buffer.from(frame.subarray(6, 8).map((byte, at) => byte ^ (mask[at] ?? 0)));
    expect([frame[0], frame[1], payload.readUInt16BE()]).toEqual([0x88, 0x82, code]);
  });

  it.each([
    ["between messages", ""],
    ["within a frame", "81 05 61"],
    ["within a length", "81 7e 00"],
    ["within a message", "01 01 61"],
  ])("takes for broken a connection that ends %s", async (_what, bytes) => {
    const port = await answer((key) => Buffer.concat([Buffer.from(yes(key)), hex(bytes)]));
    const { next } = await opened(port);
    const waiting = next();
    for (const end of ends.splice(0)) end();
    expect(await waiting).toEqual(broken);
  });

  it("ends one for whose peer too much waits", async () => {
    const port = await answer(yes, (socket) => socket.pause());
    const { send } = await opened(port);
    const bytes = Buffer.alloc(400_000).toString("base64url");
    const sent = await Promise.allSettled(Array.from({ length: 12 }, () => send({ bytes })));
    expect(sent.at(-1)).toMatchObject({ status: "rejected", reason: { code: "network" } });
  });

  it.each<readonly [string, Partial<Opening>]>([
    ["a header of the opening's own", { headers: [["sec-websocket-key", "a"]] }],
    ["a Host of the caller's", { headers: [["Host", "a"]] }],
    ["a header that ends its line", { headers: [["X", "a\r\nY: b"]] }],
    ["a subprotocol that is no word", { protocols: ["a b"] }],
    ["a subprotocol twice", { protocols: ["a", "a"] }],
    ["a target that ends its line", { target: "/\r\nX: y" }],
    ["a host that is none", { host: "a/b" }],
  ])("refuses to write %s", async (_what, change) => {
    await expect(opened(1, change)).rejects.toMatchObject({ code: "unsupported" });
  });

  it("refuses an end that no frame may have, and a message that is none", async () => {
    const { close, send } = await opened(await serve(() => {}));
    for (const [code, reason] of [
      [1005, ""],
      [1006, ""],
      [999, ""],
      [5000, ""],
      [1000, "x".repeat(124)],
      [null, "why"],
    ] as const)
      await expect(close(code, reason)).rejects.toMatchObject({ code: "unsupported" });
    await expect(send({})).rejects.toMatchObject({ code: "unsupported" });
    await expect(send({ text: "a", bytes: "AA" })).rejects.toMatchObject({ code: "unsupported" });
    await send({ text: "still open" });
  });
});
