import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { createServer, type Server } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { createTlsAuthority, type TlsAuthority } from "../../../../testing/tls-authority.ts";
import type { ChainAnswer, ChainLook } from "../domain/ports/index.ts";
import { readLiveChain } from "./read-live-chain.ts";

const nowMs = Date.now();
const vendor = createTlsAuthority({ name: "A vendor's root", nowMs });
const ours = createTlsAuthority({ name: "A managed root", nowMs });
const middle = createTlsAuthority({ name: "Between", nowMs });

interface Host {
  readonly port: number;
  received(): number;
}

const servers: (Server | TcpServer)[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

async function serve(by: TlsAuthority, chainPem = "", hosts: readonly string[] = ["localhost"]): Promise<Host> {
  const { cert, key } = by.issue(hosts);
  let received = 0;
  const server = createServer({ cert: cert + chainPem, key }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (part) => {
      received += part.length;
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, received: () => received };
}

const look = ({ port }: Host, change: Partial<ChainLook> = {}): Promise<ChainAnswer> =>
  readLiveChain({ host: "localhost", port, pins: [], roots: [], furtherCas: [vendor.pem], ...change });

async function seen(host: Host, change: Partial<ChainLook> = {}) {
  const answer = await look(host, change);
  if (!answer.ok) throw new Error(answer.problem);
  return answer.chain;
}

describe("a look at a live chain", () => {
  it("shows leaf, issuer and the root that the store has, and sends nothing", async () => {
    const host = await serve(middle, vendor.vouchFor(middle, {}));
    const chain = await seen(host);
    expect(chain.certificates.map(({ subject, issuer }) => [subject, issuer])).toEqual([
      ["localhost", "Between"],
      ["Between", "A vendor's root"],
      ["A vendor's root", "A vendor's root"],
    ]);
    expect(chain.certificates.map(({ pin }) => pin).slice(1)).toEqual([middle.spkiPin, vendor.spkiPin]);
    expect([chain.named, chain.store, chain.roots, chain.topIsRoot, chain.topPem]).toEqual([
      true,
      true,
      null,
      true,
      vendor.pem,
    ]);
    expect(host.received()).toBe(0);
  });

  it("does not show what the host merely sends along", async () => {
    const chain = await seen(await serve(vendor, ours.pem));
    expect(chain.certificates.map(({ subject }) => subject)).toEqual(["localhost", "A vendor's root"]);
  });

  it("tells another name and an unknown authority, each by itself", async () => {
    const misnamed = await seen(await serve(vendor, "", ["other.test"]));
    expect([misnamed.named, misnamed.store]).toEqual([false, true]);
    const unknown = await seen(await serve(ours));
    expect([unknown.named, unknown.store, unknown.topIsRoot]).toEqual([true, false, false]);
  });

  it("holds the leaf against managed roots by its own path, which need not be the store's", async () => {
    const crossed = await serve(middle, vendor.vouchFor(middle, {}));
    expect((await seen(crossed, { roots: [middle.pem] })).roots).toBe(true);
    expect((await seen(crossed, { roots: [ours.pem] })).roots).toBe(false);
  });

  it("counts a pin only where the path to its key is proven", async () => {
    const pins = [middle.spkiPin, vendor.spkiPin];
    expect((await seen(await serve(middle, vendor.vouchFor(middle, {})), { pins })).pins).toEqual(pins);
    const composed = await serve(middle, vendor.vouchFor(middle, "customer"));
    expect((await seen(composed, { pins: [vendor.spkiPin] })).pins).toEqual([]);
    expect((await seen(composed, { pins: [middle.spkiPin] })).pins).toEqual([]);
  });

  it("goes to the judged address alone, whatever the name resolves to", async () => {
    const host = await serve(vendor, "", ["nowhere.invalid"]);
    const at = { host: "nowhere.invalid", address: { address: "127.0.0.1", family: 4 } } as const;
    expect((await seen(host, at)).named).toBe(true);
    expect(await look(host, { host: "nowhere.invalid" })).toEqual({ ok: false, problem: "unreachable" });
  });

  it("calls a closed port, a port without TLS and a look that was ended unreachable", async () => {
    const host = await serve(vendor);
    expect(await look(host, { abort: AbortSignal.abort() })).toEqual({ ok: false, problem: "unreachable" });
    const plain = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    servers.push(plain);
    plain.listen(0, "127.0.0.1");
    await once(plain, "listening");
    const { port } = plain.address() as AddressInfo;
    expect(await look({ port, received: () => 0 })).toEqual({ ok: false, problem: "unreachable" });
    servers.splice(servers.indexOf(plain), 1);
    plain.close();
    await once(plain, "close");
    expect(await look({ port, received: () => 0 })).toEqual({ ok: false, problem: "unreachable" });
  });
});
