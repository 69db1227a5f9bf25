import { once } from "node:events";
import { Agent } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createAborter } from "../abort.ts";
import type { AbortHandle, ChannelResponse, StreamedBody } from "../ports.ts";
import { type Message, sendMessage } from "./send-message.ts";

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
async function listen(onData: (socket: Socket, count: number, data: string) => void): Promise<number> {
  let count = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      count += 1;
      onData(socket, count, data.toString());
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const agent = new Agent({ keepAlive: true });

function send(port: number, change: Partial<Message> = {}): Promise<ChannelResponse> {
  const to = { secure: false, agent, method: "GET", host: "127.0.0.1", port, target: "/" };
  return sendMessage({ ...to, headers: [], body: null, abort: createAborter().handle, ...change });
}

function streamOf(...texts: string[]): StreamedBody {
  return {
    async *[Symbol.asyncIterator]() {
      for (const text of texts) yield Buffer.from(text);
    },
  };
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
    expect(await read(await send(port, { abort }))).toBe("ok");
    await new Promise((resolve) => setImmediate(resolve));
    expect(held).toBe(0);
  });

  it.each(["DELETE", "OPTIONS", "PUT"])("frames a body in pieces whatever its method: %s", async (method) => {
    let arrived = "";
    const port = await listen((socket, _count, data) => {
      arrived += data;
      if (arrived.endsWith("0\r\n\r\n")) socket.write(ok);
    });
    const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    expect(await read(await send(port, { method, stream: streamOf(smuggled) }))).toBe("ok");
    expect(arrived.toLowerCase()).toContain("transfer-encoding: chunked\r\n");
    expect(arrived).toContain(`\r\n\r\n${smuggled.length.toString(16)}\r\nGET /smuggled`);
  });

  it.each([
    ["longer", 3],
    ["shorter", 5],
  ])("ends with its connection where its body turns out %s than declared", async (_name, length) => {
    const heads: string[] = [];
    const port = await listen((socket, _count, data) => {
      if (data.includes(" HTTP/1.1")) heads.push(data);
      if (data.startsWith("GET")) socket.write(ok);
    });
    const body = { ...streamOf("G", "ET", "!"), length };
    await expect(send(port, { method: "POST", stream: body })).rejects.toMatchObject({ code: "network" });
    // What is sent next is no part of that body, and no rest of it is a request.
    expect(await read(await send(port))).toBe("ok");
    expect(heads.filter((head) => head.startsWith("GET"))).toEqual([expect.stringMatching(/^GET \/ HTTP/)]);
  });
});
