import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativeBridge, NativeExchangeRequest } from "@countersign/client/native";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { swiftFolder } from "./compile-swift.ts";
import { compileSwiftBridge, type SwiftBridge, startSwiftBridge } from "./swift-bridge.ts";

const policy = { channel: "system", pins: [], roots: [] } as const;
let exchanges = 0;

const read = async (bridge: NativeBridge, exchange: string): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for (;;) {
    const { piece } = await bridge.receive({ exchange });
    if (piece === null) return Buffer.concat(pieces);
    pieces.push(Buffer.from(piece, "base64url"));
  }
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

describe.skipIf(swiftFolder === null && !requireAll)("the iOS agent's exchanges, compiled and run", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-swift-exchange-"));
  const servers: Server[] = [];
  let native: SwiftBridge;
  let bridge: NativeBridge;
  beforeAll(() => {
    expect(compileSwiftBridge(folder)).toEqual([]);
    native = startSwiftBridge(folder, join(folder, "channels"));
    bridge = native.bridge;
  }, 300_000);
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  afterAll(() => {
    native?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const listening = (server: Server): Promise<number> =>
    new Promise((resolve) => {
      servers.push(server);
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
  const serve = (listener: (...of: Parameters<RequestListener>) => void | Promise<void>): Promise<number> =>
    listening(createServer((request, response) => void listener(request, response)));
  /** A peer that answers each connection with these bytes, and may keep it open. */
  const say = (text: string, keeps = false): Promise<number> =>
    listening(
      createTcpServer((socket: Socket) => {
        socket.on("error", () => {});
        socket.once("data", () => {
          socket.write(Buffer.from(text, "latin1"));
          if (!keeps) socket.end();
        });
      }),
    );
  const requestTo = (port: number, change: Partial<NativeExchangeRequest> = {}): NativeExchangeRequest => {
    exchanges += 1;
    const target = { secure: false, host: "127.0.0.1", port, target: "/", method: "GET", headers: [] };
    return { exchange: String(exchanges), ...target, body: null, upload: null, policy, ...change };
  };
  const socketTo = (port: number): Parameters<NativeBridge["openSocket"]>[0] => ({
    socket: String(port),
    secure: false,
    host: "127.0.0.1",
    port,
    target: "/",
    headers: [],
    protocols: [],
    policy,
  });
  const exchanged = async (port: number, change: Partial<NativeExchangeRequest> = {}) => {
    const request = requestTo(port, change);
    const head = await bridge.send(request);
    return { ...head, text: (await read(bridge, request.exchange)).toString("latin1") };
  };

  it("writes a request to the letter and adds nothing but Host and framing", async () => {
    let seen = "";
    const port = await listening(
      createTcpServer((socket) => {
        socket.once("data", (data) => {
          seen = data.toString("latin1");
          socket.end("HTTP/1.1 204 No Content\r\n\r\n");
        });
      }),
    );
    const headers = [
      ["X-One", "1"],
      ["x-one", "caf\u00e9\ttab"],
      ["Empty", ""],
    ] as const;
    const target = "/a%2fb?q=%7e&&x";
    await exchanged(port, { method: "DELETE", target, headers });
    expect(seen).toBe(
      `DELETE ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-One: 1\r\nx-one: caf\u00e9\ttab\r\nEmpty: \r\n\r\n`,
    );
  });

  it("sends a body with its length, and none with length 0 where the method has one", async () => {
    const port = await serve(async (request, response) => {
      const body = await bodyOf(request);
      response.end(`${request.headers["content-length"]} ${body.toString("hex")}`);
    });
    const body = Buffer.from([0, 1, 254, 255]).toString("base64url");
    expect((await exchanged(port, { method: "PUT", body })).text).toBe("4 0001feff");
    expect((await exchanged(port, { method: "POST" })).text).toBe("0 ");
    expect((await exchanged(port)).text).toBe("undefined ");
  });

  it("reads answers of a length, in chunks, up to the connection's end, and without a body", async () => {
    const long = "x".repeat(100_000);
    const answers: readonly (readonly [string, string])[] = [
      [`HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${long}`, long],
      [
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;a="b"\r\nabc\r\nA \r\n0123456789\r\n0\r\nT: r\r\n\r\n',
        "abc0123456789",
      ],
      ["HTTP/1.0 200\r\nX:y\r\n\r\nto the end", "to the end"],
      [
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "ok",
      ],
      ["HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", ""],
      ["HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""],
    ];
    for (const [answer, body] of answers) expect((await exchanged(await say(answer))).text).toBe(body);
    const head = await exchanged(await say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), { method: "HEAD" });
    expect([head.status, head.headers, head.text]).toEqual([200, [["content-length", "5"]], ""]);
  });

  it("hands on status and headers as they came, names in lower case, and follows no redirect", async () => {
    const port = await say(
      "HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nSet-Cookie: a=1\r\nSET-COOKIE:  b=2 \r\nX: caf\u00e9\r\nContent-Length: 0\r\n\r\n",
    );
    const { status, headers } = await exchanged(port);
    expect([status, headers]).toEqual([
      302,
      [
        ["location", "http://elsewhere/"],
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
        ["x", "caf\u00e9"],
        ["content-length", "0"],
      ],
    ]);
  });

  it.each([
    ["no answer at all", ""],
    ["half a head", "HTTP/1.1 200 OK\r\nContent-Le"],
    ["half a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"],
    ["half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"],
    ["chunks without a last", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
    ["chunks without the end of their trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n"],
  ])("takes a cut answer for a failure: %s", async (_what, answer) => {
    await expect(exchanged(await say(answer))).rejects.toMatchObject({ code: "network" });
  });

  const ok = "HTTP/1.1 200 OK\r\n";
  const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;
  it.each([
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["another version", "HTTP/2.0 200 OK\r\n\r\n"],
    ["a status line with a control character", "HTTP/1.1 200 O\u0000K\r\nContent-Length: 0\r\n\r\n"],
    ["a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"],
    ["a status of no kind", "HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n"],
    ["a protocol that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"],
    ["bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"],
    ["a bare carriage return", `${ok}X: a\rb\r\nContent-Length: 2\r\n\r\nok`],
    ["a folded header", `${ok}X: a\r\n b\r\nContent-Length: 2\r\n\r\nok`],
    ["a blank before the colon", `${ok}Content-Length : 2\r\n\r\nok`],
    ["a header without a name", `${ok}: 2\r\n\r\nok`],
    ["a header without a colon", `${ok}Content-Length\r\n\r\nok`],
    ["a header with a control character", `${ok}X: a\u0001b\r\nContent-Length: 2\r\n\r\nok`],
    ["heads without end", `${ok}${"X: y\r\n".repeat(20_000)}\r\n`],
    ["one endless header", `${ok}X: ${"y".repeat(70_000)}\r\n\r\n`],
    ["early answers without end", "HTTP/1.1 103 Early\r\n\r\n".repeat(4000)],
    ["two lengths", `${ok}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!`],
    ["one length twice", `${ok}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`],
    ["a list of lengths", `${ok}Content-Length: 2, 2\r\n\r\nok`],
    ["a length with a sign", `${ok}Content-Length: +2\r\n\r\nok`],
    ["a length beyond all bounds", `${ok}Content-Length: 99999999999999999999\r\n\r\nok`],
    ["an empty length", `${ok}Content-Length:\r\n\r\nok`],
    ["a length beside chunks", `${ok}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    ["another coding", `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ["a coding twice", `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["a chunk without a size", `${chunked}\r\nok\r\n0\r\n\r\n`],
    ["a chunk's size that is no number", `${chunked}0x2\r\nok\r\n0\r\n\r\n`],
    ["a chunk of negative size", `${chunked}-2\r\nok\r\n0\r\n\r\n`],
    ["a chunk of a size beyond all bounds", `${chunked}fffffffff\r\nok\r\n0\r\n\r\n`],
    ["a chunk that is longer than it said", `${chunked}2\r\nokay\r\n0\r\n\r\n`],
    ["a chunk that ends in a bare line feed", `${chunked}2\r\nok\n0\r\n\r\n`],
    ["an endless extension of a chunk", `${chunked}2;${"x".repeat(2000)}\r\nok\r\n0\r\n\r\n`],
    ["a trailer that is no header", `${chunked}0\r\nno header\r\n\r\n`],
  ])("takes no answer of a wrong form: %s", async (_what, answer) => {
    await expect(exchanged(await say(answer))).rejects.toMatchObject({ code: "network" });
  });

  it("gives an answer before all of it has come, and its pieces as they are asked for", async () => {
    let goOn = (): void => {};
    const port = await serve((_request, response) => {
      response.write("first");
      goOn = () => response.end("second");
    });
    const request = requestTo(port);
    await bridge.send(request);
    const text = async (): Promise<string | null> => {
      const { piece } = await bridge.receive(request);
      return piece === null ? null : Buffer.from(piece, "base64url").toString();
    };
    expect(await text()).toBe("first");
    goOn();
    expect([await text(), await text()]).toEqual(["second", null]);
    await expect(bridge.receive(request)).rejects.toMatchObject({ code: "aborted" });
  });

  it.each([
    ["of a known length", { length: 300_000 }, "300000", undefined],
    ["of no known length", { length: null }, undefined, "chunked"],
  ])("streams an upload %s", async (_what, upload, length, coding) => {
    const port = await serve(async (request, response) => {
      const { headers } = request;
      const body = await bodyOf(request);
      response.end(
        JSON.stringify([
          headers["content-length"],
          headers["transfer-encoding"],
          body.length,
          body.every((byte) => byte === 7),
        ]),
      );
    });
    const request = requestTo(port, { method: "POST", upload });
    const answered = bridge.send(request);
    // Handed over at once, before there is a connection.
    const piece = Buffer.alloc(100_000, 7).toString("base64url");
    for (let piece_ = 0; piece_ < 3; piece_ += 1) await bridge.upload({ exchange: request.exchange, piece });
    await bridge.upload({ exchange: request.exchange, piece: "" });
    await bridge.upload({ exchange: request.exchange, piece: null });
    await answered;
    const said = JSON.parse((await read(bridge, request.exchange)).toString()) as unknown;
    expect(said).toEqual([length ?? null, coding ?? null, 300_000, true]);
  });

  it("lets a peer that does not read hold an upload up", async () => {
    let resume = (): void => {};
    const port = await listening(
      createTcpServer({ pauseOnConnect: true }, (socket) => {
        resume = () => {
          let length = 0;
          socket.on("data", (data) => {
            length += data.length;
            if (length > 8 << 20) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          });
          socket.resume();
        };
      }),
    );
    const request = requestTo(port, { method: "POST", upload: { length: 8 << 20 } });
    const answered = bridge.send(request);
    const piece = Buffer.alloc(1 << 17).toString("base64url");
    let taken = 0;
    const uploaded = (async () => {
      for (; taken < 64; taken += 1) await bridge.upload({ exchange: request.exchange, piece });
      await bridge.upload({ exchange: request.exchange, piece: null });
    })();
    // An exchange that began later is over, and this one has not moved beyond what buffers hold.
    expect((await exchanged(await say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))).text).toBe("ok");
    expect(taken).toBeLessThan(64);
    resume();
    await uploaded;
    expect([(await answered).status, taken]).toEqual([200, 64]);
  });

  it.each([
    ["more", [2, 2], 3],
    ["less", [2, null], 3],
  ] as const)("ends an upload that brings %s than was said", async (_what, pieces, length) => {
    const port = await serve(() => {});
    const request = requestTo(port, { method: "POST", upload: { length } });
    const answered = bridge.send(request);
    answered.catch(() => {});
    const uploading = (async () => {
      for (const size of pieces) {
        const piece = size === null ? null : Buffer.alloc(size).toString("base64url");
        await bridge.upload({ exchange: request.exchange, piece });
      }
    })();
    await expect(uploading).rejects.toMatchObject({ code: "network" });
    await expect(answered).rejects.toMatchObject({ code: "network" });
  });

  it("hands on an answer that comes instead of the rest of an upload", async () => {
    const port = await listening(
      createTcpServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig"));
      }),
    );
    const request = requestTo(port, { method: "POST", upload: { length: null } });
    expect((await bridge.send(request)).status).toBe(413);
    expect((await read(bridge, request.exchange)).toString()).toBe("big");
  });

  it("ends every exchange and WebSocket when a severe signal is seen, and goes on with new ones", async () => {
    const port = await say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab", true);
    const socket = await serve(() => {});
    const { exchange } = requestTo(port);
    await bridge.send({ ...requestTo(port), exchange });
    await bridge.receive({ exchange });
    const fault = { code: "aborted" };
    const opening = bridge.openSocket({ ...socketTo(socket), socket: "severe" });
    // Listened to before the fault comes: none may be rejected with nobody there.
    const ends = Promise.allSettled([bridge.receive({ exchange }), opening]);
    await native.call("see", "root");
    await native.call("see", "hook");
    expect(await ends).toEqual([1, 2].map(() => ({ status: "rejected", reason: expect.objectContaining(fault) })));
    expect((await exchanged(await serve((_request, response) => void response.end("new")))).text).toBe("new");
  });

  it("ends what is abandoned, before the answer and within it", async () => {
    let arrived = (): void => {};
    const early = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const port = await serve((request, response) => {
      if (request.url === "/never") arrived();
      else response.write("first");
    });
    const before = requestTo(port, { target: "/never" });
    const sent = bridge.send(before);
    sent.catch(() => {});
    await early;
    await bridge.abandon(before);
    await expect(sent).rejects.toMatchObject({ code: "aborted" });
    const within = requestTo(port);
    await bridge.send(within);
    await bridge.receive(within);
    const waiting = bridge.receive(within);
    waiting.catch(() => {});
    await bridge.abandon(within);
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
    await bridge.abandon(within);
  });

  it("fails where nobody is there", async () => {
    await expect(exchanged(1)).rejects.toMatchObject({ code: "network" });
  });

  it("speaks plain http to this device alone", async () => {
    await expect(exchanged(80, { host: "example.org" })).rejects.toMatchObject({ code: "channel_refused" });
    await expect(exchanged(80, { host: "127.0.0.1.example.org" })).rejects.toMatchObject({ code: "channel_refused" });
  });

  it.each<readonly [string, Partial<NativeExchangeRequest>]>([
    ["a header that ends its line", { headers: [["X", "a\r\nHost: b"]] }],
    ["a header's name with a blank", { headers: [["X ", "a"]] }],
    ["a header beyond Latin-1", { headers: [["X", "\u20ac"]] }],
    ["a header with a control character", { headers: [["X", "a\u0085b"]] }],
    ["a header that begins with a blank", { headers: [["X", " a"]] }],
    ["a Host of the caller's", { headers: [["host", "b"]] }],
    ["a length of the caller's", { headers: [["CONTENT-LENGTH", "1"]] }],
    ["a coding of the caller's", { headers: [["Transfer-Encoding", "chunked"]] }],
    ["a target with a blank", { target: "/a b" }],
    ["a target that ends its line", { target: "/ HTTP/1.1\r\nX: y" }],
    ["a target without a path", { target: "http://a/" }],
    ["a method that is none", { method: "GE T" }],
    ["a tunnel", { method: "CONNECT" }],
    ["a host that is none", { host: "a b" }],
    ["a host in capitals", { host: "LOCALHOST" }],
    ["a port that is none", { port: 65536 }],
    ["a body both ways", { method: "POST", body: "AA", upload: { length: null } }],
  ])("refuses to write %s", async (_what, change) => {
    await expect(exchanged(1, change)).rejects.toMatchObject({ code: "unsupported" });
  });

  it("refuses a second call for what one waits for already, and goes on with the first", async () => {
    let goOn = (): void => {};
    const port = await serve((_request, response) => {
      response.write("first");
      goOn = () => response.end("second");
    });
    const request = requestTo(port);
    await bridge.send(request);
    await bridge.receive(request);
    const waiting = bridge.receive(request);
    await expect(bridge.receive(request)).rejects.toMatchObject({ code: "unsupported" });
    goOn();
    expect(await waiting).toEqual({ piece: Buffer.from("second").toString("base64url") });
  });

  it("refuses a name twice, and knows nothing of an exchange that is over", async () => {
    const port = await serve((_request, response) => void response.write("first"));
    const request = requestTo(port);
    await bridge.send(request);
    await expect(bridge.send(request)).rejects.toMatchObject({ code: "unsupported" });
    await bridge.abandon(request);
    await expect(bridge.receive(request)).rejects.toMatchObject({ code: "aborted" });
    await expect(bridge.upload({ exchange: request.exchange, piece: null })).rejects.toMatchObject({ code: "aborted" });
  });

  it.each([
    ["an unknown call", "steal", "{}"],
    ["what is no JSON", "send", "{"],
    ["what is no object", "send", "[]"],
    ["a member twice", "abandon", `{"exchange":"1","exchange":"2"}`],
    ["a missing member", "abandon", "{}"],
    ["a member of another kind", "abandon", `{"exchange":1}`],
  ])("answers %s with a fault", async (_what, name, of) => {
    expect(JSON.parse(await native.call(name, of))).toMatchObject({ fault: { code: "unsupported" } });
  });
});
