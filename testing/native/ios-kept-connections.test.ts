import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativeExchangeRequest, NativePolicy } from "@countersign/client/native";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { requireAll } from "../vectors.ts";
import { swiftFolder } from "./compile-swift.ts";
import { compileSwiftBridge, type SwiftBridge, startSwiftBridge } from "./swift-bridge.ts";

const policy: NativePolicy = { channel: "system", pins: [], roots: [] };
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
let exchanges = 0;

/** A peer that answers each request, by its place, with the text for it; null ends the connection without a word. */
interface ScriptedPeer {
  readonly port: number;
  /** Which connection each request came over, from 1. */
  readonly cameOver: number[];
  readonly sockets: Socket[];
}

describe.skipIf(swiftFolder === null && !requireAll)("connections that the iOS agent keeps, compiled and run", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-swift-kept-"));
  const servers: { readonly server: Server; readonly sockets: readonly Socket[] }[] = [];
  let native: SwiftBridge;
  beforeAll(() => {
    expect(compileSwiftBridge(folder)).toEqual([]);
    native = startSwiftBridge(folder, join(folder, "channels"));
  }, 300_000);
  afterEach(() => {
    for (const { server, sockets } of servers.splice(0)) {
      server.close();
      for (const socket of sockets) socket.destroy();
    }
  });
  afterAll(() => {
    native?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const peerOf = (answer: (request: number) => string | null): Promise<ScriptedPeer> =>
    new Promise((resolve) => {
      const cameOver: number[] = [];
      const sockets: Socket[] = [];
      const server = createServer((socket) => {
        sockets.push(socket);
        const place = sockets.length;
        socket.on("error", () => {});
        socket.on("data", () => {
          cameOver.push(place);
          const text = answer(cameOver.length);
          if (text === null) socket.destroy();
          else socket.write(text);
        });
      });
      servers.push({ server, sockets });
      server.listen(0, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port, cameOver, sockets }));
    });

  const exchanged = async (port: number, change: Partial<NativeExchangeRequest> = {}): Promise<string> => {
    exchanges += 1;
    const exchange = String(exchanges);
    const to = { secure: false, host: "127.0.0.1", port, target: "/", method: "GET", headers: [] };
    await native.bridge.send({ exchange, ...to, body: null, upload: null, policy, ...change });
    let text = "";
    for (;;) {
      const { piece } = await native.bridge.receive({ exchange });
      if (piece === null) return text;
      text += Buffer.from(piece, "base64url").toString();
    }
  };
  const clock = (ms: number): Promise<string> => native.call("clock", String(ms));

  it("carry the next exchange with the same peer, whatever its method, one after the other", async () => {
    const { port, cameOver } = await peerOf(() => ok);
    expect(await exchanged(port)).toBe("ok");
    expect(await exchanged(port, { method: "POST", body: "AAAA" })).toBe("ok");
    expect(await exchanged(port)).toBe("ok");
    expect(cameOver).toEqual([1, 1, 1]);
  });

  it.each([
    ["that the peer means to end", "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n"],
    ["of HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ["for which the peer waits no longer", "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n"],
    ["over which more came than the answer", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n"],
  ])("are none %s", async (_what, answer) => {
    const { port, cameOver } = await peerOf(() => answer);
    await exchanged(port);
    await exchanged(port);
    expect(cameOver).toEqual([1, 2]);
  });

  it("are none whose answer was not read to its end", async () => {
    const { port, cameOver } = await peerOf(() => ok);
    exchanges += 1;
    const exchange = String(exchanges);
    const to = { secure: false, host: "127.0.0.1", port, target: "/", method: "GET", headers: [], policy };
    await native.bridge.send({ exchange, ...to, body: null, upload: null });
    await native.bridge.abandon({ exchange });
    await exchanged(port);
    expect(cameOver).toEqual([1, 2]);
  });

  it("are none whose request was not written to its end", async () => {
    const { port, cameOver } = await peerOf(() => ok);
    await exchanged(port, { method: "POST", upload: { length: 10 } });
    await exchanged(port);
    expect(cameOver).toEqual([1, 2]);
  });

  it("are never taken by an exchange of another policy, and end with it", async () => {
    const { port, cameOver, sockets } = await peerOf(() => ok);
    await exchanged(port);
    const ended = new Promise((resolve) => sockets[0]?.once("close", resolve));
    await exchanged(port, { policy: { ...policy, pins: ["A".repeat(43)] } });
    await ended;
    expect(cameOver).toEqual([1, 2]);
  });

  it("are left where they are too old, or were open for too long", async () => {
    const { port, cameOver } = await peerOf(() => ok);
    await exchanged(port);
    await clock(30_001);
    await exchanged(port);
    expect(cameOver).toEqual([1, 2]);
    for (let turn = 0; turn < 12; turn += 1) {
      await clock(25_000);
      await exchanged(port);
    }
    expect(new Set(cameOver)).toEqual(new Set([1, 2, 3]));
  });

  it("repeat over a new one what may be repeated, where the peer ended the old one at the same moment", async () => {
    const { port, cameOver } = await peerOf((request) => (request === 2 ? null : ok));
    await exchanged(port);
    expect(await exchanged(port)).toBe("ok");
    expect(cameOver).toEqual([1, 1, 2]);
  });

  it.each(["POST", "PUT", "DELETE", "PATCH"])("never repeat a %s, which the peer may have read", async (method) => {
    const { port, cameOver } = await peerOf((request) => (request === 2 ? null : ok));
    await exchanged(port);
    await expect(exchanged(port, { method, body: "AAAA" })).rejects.toMatchObject({ code: "network" });
    expect(cameOver).toEqual([1, 1]);
  });

  it("repeat nothing once an answer has begun, nor over a connection that was new", async () => {
    const half = await peerOf((request) => (request === 2 ? "HTTP/1.1 200" : ok));
    await exchanged(half.port);
    const cut = exchanged(half.port);
    cut.catch(() => {});
    await expect.poll(() => half.cameOver.length).toBe(2);
    half.sockets[0]?.end();
    await expect(cut).rejects.toMatchObject({ code: "network" });
    const mute = await peerOf(() => null);
    await expect(exchanged(mute.port)).rejects.toMatchObject({ code: "network" });
    expect([half.cameOver, mute.cameOver]).toEqual([[1, 1], [1]]);
  });

  it("are left where the peer ended them meanwhile", async () => {
    const { port, cameOver, sockets } = await peerOf(() => ok);
    await exchanged(port);
    const [first] = sockets;
    const over = new Promise((resolve) => first?.once("close", resolve));
    first?.end();
    // Both sides are through with it only when the agent has seen the end, and closed it with the next exchange.
    await exchanged(port, { method: "POST", body: "AAAA" }).catch(() => exchanged(port));
    await over;
    expect(cameOver.at(-1)).toBe(2);
  });
});
