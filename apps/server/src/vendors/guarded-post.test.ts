import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTlsAuthority } from "../../../../testing/tls-authority.ts";
import { type GuardedPost, guardedPost } from "./guarded-post.ts";

const authority = createTlsAuthority({ name: "Receivers", nowMs: Date.now() });
const stranger = createTlsAuthority({ name: "Strangers", nowMs: Date.now() });
const seen: {
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}[] = [];
const sockets = new Set<Socket>();
let answer: (response: ServerResponse) => void;
let server: Server;
let url: URL;

beforeAll(async () => {
  server = createServer(authority.issue(["localhost", "receiver.example"]), (request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      seen.push({ url: request.url, headers: request.headers, body });
      answer(response);
    });
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = new URL(`https://localhost:${(server.address() as AddressInfo).port}/alarms?to=us`);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const post = (to: URL | string, more: Partial<GuardedPost> = {}) =>
  guardedPost(new URL(to), {
    headers: { "content-type": "application/json", "webhook-id": "one" },
    body: '{"ä":1}',
    allowPrivate: true,
    furtherCas: [authority.pem],
    timeoutMs: 5_000,
    closing: new AbortController().signal,
    ...more,
  });
const gone = async (): Promise<void> => {
  while (sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
};

describe("a guarded post", () => {
  it("sends the body over TLS and gives the status", async () => {
    answer = (response) => response.writeHead(202).end("thanks");
    expect(await post(url)).toEqual({ ok: true, status: 202 });
    expect(seen.at(-1)).toMatchObject({
      url: "/alarms?to=us",
      body: '{"ä":1}',
      headers: { host: url.host, "webhook-id": "one", "content-length": "8" },
    });
    await gone();
  });

  it("follows no redirect, reads no body however large, and leaves no connection", async () => {
    const before = seen.length;
    answer = (response) => response.writeHead(307, { location: "/elsewhere" }).end();
    expect(await post(url)).toEqual({ ok: true, status: 307 });
    answer = (response) => {
      response.writeHead(200);
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on("drain", pour);
      pour();
    };
    expect(await post(url)).toEqual({ ok: true, status: 200 });
    expect(seen).toHaveLength(before + 2);
    await gone();
  });

  it("waits no longer than told for an answer, and not at all when the service closes", async () => {
    answer = () => {};
    expect(await post(url, { timeoutMs: 100 })).toEqual({ ok: false, problem: "timeout" });
    const closing = new AbortController();
    const waiting = post(url, { closing: closing.signal });
    while (sockets.size === 0) await new Promise((resolve) => setImmediate(resolve));
    closing.abort();
    expect(await waiting).toEqual({ ok: false, problem: "unreachable" });
    expect(await post(url, { closing: closing.signal })).toEqual({ ok: false, problem: "unreachable" });
    const never = (): Promise<never> => new Promise(() => {});
    expect(await post(url, { timeoutMs: 100, resolve: never })).toEqual({ ok: false, problem: "timeout" });
    await gone();
  });

  it("sends nothing where the peer breaks off or does not prove itself", async () => {
    const before = seen.length;
    answer = (response) => response.socket?.destroy();
    expect(await post(url)).toEqual({ ok: false, problem: "unreachable" });
    expect(await post(url, { furtherCas: [stranger.pem] })).toEqual({ ok: false, problem: "unreachable" });
    const byName = new URL(url);
    byName.hostname = "other.example";
    const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
    expect(await post(byName, { resolve })).toEqual({ ok: false, problem: "address_refused" });
    expect(seen).toHaveLength(before + 1);
  });

  it.each([
    "http://localhost:9/plain",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::ffff:169.254.169.254]/",
    "https://[fd00:ec2::254]/",
    "https://0.0.0.0/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://[64:ff9b::7f00:1]/",
    "https://localhost/",
  ])("does not reach %s for a production project", async (address) => {
    expect(await post(address, { allowPrivate: false })).toEqual({ ok: false, problem: "address_refused" });
  });

  it.each(["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1", "fe80::1", "::ffff:10.0.0.1"])(
    "does not reach a name that leads to %s, alone or beside a public address",
    async (address) => {
      const bad = { address, family: address.includes(":") ? 6 : 4 };
      const good = { address: "93.184.215.14", family: 4 };
      for (const found of [[bad], [good, bad]])
        expect(await post("https://receiver.example/", { resolve: async () => found })).toEqual({
          ok: false,
          problem: "address_refused",
        });
    },
  );

  it("resolves a name once: where it leads the second time does not matter", async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? "203.0.114.1" : "127.0.0.1", family: 4 }];
    };
    const before = seen.length;
    await post(new URL(url.href.replace("localhost", "receiver.example")), { resolve, timeoutMs: 100 });
    expect([asked, seen.length]).toEqual([1, before]);
  });
});
