import { once } from "node:events";
import { Agent } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createAborter } from "../abort.ts";
import type { AbortHandle, ChannelResponse } from "../ports.ts";
import { sendMessage } from "./send-message.ts";

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  vi.useRealTimers();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

/** A peer that speaks as it likes: called with each piece that arrives, the n-th of all. */
async function listen(onData: (socket: Socket, count: number) => void): Promise<number> {
  let count = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", () => {
      count += 1;
      onData(socket, count);
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const agent = new Agent({ keepAlive: true });

function send(port: number, abort: AbortHandle = createAborter().handle): Promise<ChannelResponse> {
  const to = { secure: false, agent, method: "GET", host: "127.0.0.1", port, target: "/" };
  return sendMessage({ ...to, headers: [], body: null, abort });
}

async function read(response: ChannelResponse): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of response.body) parts.push(part);
  return Buffer.concat(parts).toString();
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

describe("a message", () => {
  it("ends where the peer switches to a protocol nobody asked for, and is not sent again", async () => {
    const port = await listen((socket, count) => {
      const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
      socket.write(count === 1 ? ok : switching);
    });
    expect(await read(await send(port))).toBe("ok");
    await expect(send(port)).rejects.toMatchObject({ code: "network" });
  });

  it("ends where the head of its answer does not, however much comes meanwhile", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let began: (value?: unknown) => void = () => {};
    const begun = new Promise((resolve) => {
      began = resolve;
    });
    const port = await listen((socket) => {
      socket.write("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nX-A: ");
      began();
    });
    const sent = send(port);
    const outcome = sent.then(
      () => "answered",
      (error: unknown) => (error as { code?: unknown }).code,
    );
    await begun;
    await vi.advanceTimersByTimeAsync(300_000);
    expect(await outcome).toBe("network");
  });

  it("is not sent again where the connection breaks after its answer began", async () => {
    let requests = 0;
    const port = await listen((socket, count) => {
      requests = count;
      socket.write(count === 2 ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart" : ok);
    });
    expect(await read(await send(port))).toBe("ok");
    const response = await send(port);
    const parts = response.body[Symbol.asyncIterator]();
    expect(Buffer.from((await parts.next()).value ?? []).toString()).toBe("part");
    for (const socket of sockets) socket.resetAndDestroy();
    await expect(parts.next()).rejects.toMatchObject({ code: "network" });
    expect(await read(await send(port))).toBe("ok");
    expect(requests).toBe(3);
  });

  it("leaves nothing on the caller's abort handle once it ended", async () => {
    const port = await listen((socket) => socket.write(ok));
    let held = 0;
    const abort: AbortHandle = {
      aborted: false,
      onAbort: () => {
        held += 1;
        return () => {
          held -= 1;
        };
      },
    };
    expect(await read(await send(port, abort))).toBe("ok");
    await new Promise((resolve) => setImmediate(resolve));
    expect(held).toBe(0);
  });
});
