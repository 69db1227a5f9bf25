import { once } from "node:events";
import { createServer, type Server } from "node:https";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createTlsAuthority, type TlsAuthority } from "../../../../testing/tls-authority.ts";
import { createAborter } from "../abort.ts";
import type { AbortHandle, ChannelPolicy } from "../ports.ts";
import { HeldAgent } from "./held-agent.ts";
import { heldAgents } from "./held-agents.ts";
import { sendMessage } from "./send-message.ts";

interface Upstream {
  readonly port: number;
  /** Connections that were opened at all, those of a proof among them. */
  opened(): number;
  /** Decrypted bytes that arrived. */
  received(): number;
  requests(): number;
  /** Ends every connection, so that the next request makes a new one. */
  dropConnections(): Promise<void>;
}

const servers: Server[] = [];
const agents: HeldAgent[] = [];

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
});

const nowMs = Date.now();
const dayMs = 86_400_000;
const authority = (name: string): TlsAuthority => createTlsAuthority({ name, nowMs });
const vendor = authority("In the device store");
const ours = authority("Managed");
const middle = authority("Cross-signed");

/** A server whose leaf `by` issued and that sends `chainPem` along. */
async function serve(by: TlsAuthority, chainPem = "", hosts: readonly string[] = ["localhost"]): Promise<Upstream> {
  const { cert, key } = by.issue(hosts);
  const server = createServer({ key, cert: cert + chainPem }, (_request, response) => response.end("ok"));
  servers.push(server);
  const sockets = new Set<Socket>();
  let opened = 0;
  let received = 0;
  let requests = 0;
  server.on("connection", () => {
    opened += 1;
  });
  server.on("request", () => {
    requests += 1;
  });
  server.on("secureConnection", (socket) => {
    sockets.add(socket);
    socket.on("data", (part: Buffer) => {
      received += part.length;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    opened: () => opened,
    received: () => received,
    requests: () => requests,
    async dropConnections() {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** The device's root vouches for the managed one, and the other way about. */
const eitherWay: readonly (readonly [store: TlsAuthority, managed: TlsAuthority])[] = [
  [vendor, middle],
  [middle, vendor],
];
const faults: readonly (readonly [string, Parameters<TlsAuthority["vouchFor"]>[1]])[] = [
  ["an intermediate that ran out", { notAfterMs: nowMs - 60_000 }],
  ["a sub-authority held to other names", { permitted: "customer.test" }],
  ["a customer's certificate", "customer"],
];

const derOf = ({ pem }: TlsAuthority): Uint8Array =>
  new Uint8Array(Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64"));
const none = Buffer.alloc(32).toString("base64url");
const roots = (...managed: TlsAuthority[]): ChannelPolicy => ({
  channel: "roots",
  pins: [],
  roots: managed.map(derOf),
});
const both = (pin: string, ...managed: TlsAuthority[]): ChannelPolicy => ({
  channel: "both",
  pins: [pin, none],
  roots: managed.map(derOf),
});

function held(policy: ChannelPolicy, store: readonly TlsAuthority[], clock?: () => number): HeldAgent {
  const trusted = store.map(({ pem }) => pem);
  const agent = clock === undefined ? new HeldAgent(policy, trusted) : new HeldAgent(policy, trusted, clock);
  agents.push(agent);
  return agent;
}

async function outcomeOf(
  agent: HeldAgent,
  { port }: Pick<Upstream, "port">,
  host = "localhost",
  abort: AbortHandle = createAborter().handle,
): Promise<unknown> {
  try {
    const to = { secure: true, agent, host, port, method: "GET", target: "/secret?key=VALUE", body: null };
    const response = await sendMessage({ ...to, headers: [["x-key", "VALUE"]], abort });
    for await (const _part of response.body) {
      // Read to the end, so that the connection is free again.
    }
    return response.status;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

async function expectRefused(agent: HeldAgent, upstream: Upstream, host = "localhost"): Promise<void> {
  expect(await outcomeOf(agent, upstream, host)).toBe("channel_refused");
  expect([upstream.requests(), upstream.received()]).toEqual([0, 0]);
}

describe("managed roots and the device store must agree", () => {
  it("accepts a chain to a root that both hold", async () => {
    expect(await outcomeOf(held(roots(ours), [vendor, ours]), await serve(ours))).toBe(200);
    expect(await outcomeOf(held(both(ours.spkiPin, ours), [vendor, ours]), await serve(ours))).toBe(200);
  });

  it("refuses a chain that is good for the device store alone, and not a byte is sent", async () => {
    await expectRefused(held(roots(ours), [vendor, ours]), await serve(vendor));
    await expectRefused(held(both(vendor.spkiPin, ours), [vendor, ours]), await serve(vendor));
  });

  it("refuses a chain that is good for our roots alone, and not a byte is sent", async () => {
    await expectRefused(held(roots(ours), [vendor]), await serve(ours));
    await expectRefused(held(both(ours.spkiPin, ours), [vendor]), await serve(ours));
  });

  it("accepts a leaf that is good for each by another path: one root that the other vouches for", async () => {
    const upstream = await serve(middle, vendor.vouchFor(middle, {}));
    for (const [store, managed] of eitherWay) {
      expect(await outcomeOf(held(roots(managed), [store]), upstream)).toBe(200);
      for (const pinned of [middle, managed]) {
        expect(await outcomeOf(held(both(pinned.spkiPin, managed), [store]), upstream)).toBe(200);
      }
      const before = upstream.received();
      expect(await outcomeOf(held(both(none, managed), [store]), upstream)).toBe("channel_refused");
      expect(upstream.received()).toBe(before);
    }
  });

  it.each(faults)("refuses where one of two paths rests on %s, whichever it is", async (_name, fault) => {
    const chain = vendor.vouchFor(middle, fault);
    for (const [store, managed] of eitherWay) {
      await expectRefused(held(roots(managed), [store]), await serve(middle, chain));
      await expectRefused(held(both(middle.spkiPin, managed), [store]), await serve(middle, chain));
    }
  });

  it("lets a sub-authority pass that is held to this name", async () => {
    const upstream = await serve(middle, vendor.vouchFor(middle, { permitted: "localhost" }));
    for (const [store, managed] of eitherWay) {
      expect(await outcomeOf(held(roots(managed), [store]), upstream)).toBe(200);
    }
  });

  it("refuses a managed root that ran out itself", async () => {
    const old = createTlsAuthority({ name: "Ended", nowMs: nowMs - 3651 * dayMs });
    const now = createTlsAuthority({ name: "Ended", nowMs, kept: old });
    await expectRefused(held(roots(old), [vendor]), await serve(now, vendor.vouchFor(now, {})));
  });

  it("refuses a peer that merely sends the managed root along", async () => {
    await expectRefused(held(roots(ours), [vendor]), await serve(vendor, ours.pem));
    await expectRefused(held(both(ours.spkiPin, ours), [vendor]), await serve(vendor, ours.pem));
  });

  it("judges hosts that are addresses alike: name, constraint and path", async () => {
    const address = "127.0.0.1";
    const serveUnder = (permitted: string): Promise<Upstream> =>
      serve(middle, vendor.vouchFor(middle, { permitted }), [address]);
    for (const [store, managed] of eitherWay) {
      expect(await outcomeOf(held(roots(managed), [store]), await serveUnder(address), address)).toBe(200);
      await expectRefused(held(roots(managed), [store]), await serveUnder("192.0.2.1"), address);
    }
    await expectRefused(held(roots(ours), [ours]), await serve(ours, "", ["localhost"]), address);
  });
});

describe("a proof", () => {
  it("costs one further handshake for each leaf, and nothing once it is known", async () => {
    const upstream = await serve(ours);
    const agent = held(roots(ours), [ours], () => 0);
    for (let count = 0; count < 3; count += 1) {
      expect(await outcomeOf(agent, upstream)).toBe(200);
      await upstream.dropConnections();
    }
    expect([upstream.requests(), upstream.opened()]).toEqual([3, 4]);
  });

  it("is shared by connections that begin at once", async () => {
    const upstream = await serve(ours);
    const agent = held(roots(ours), [ours]);
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => outcomeOf(agent, upstream)));
    expect([outcomes, upstream.opened()]).toEqual([[200, 200, 200, 200, 200], 6]);
    const stranger = await serve(vendor);
    const wary = held(roots(ours), [vendor]);
    expect(new Set(await Promise.all(Array.from({ length: 5 }, () => outcomeOf(wary, stranger))))).toEqual(
      new Set(["channel_refused"]),
    );
    expect(stranger.received()).toBe(0);
  });

  it("ends after an hour, so that what is above the leaf is judged anew", async () => {
    const upstream = await serve(ours);
    let clockMs = 0;
    const agent = held(roots(ours), [ours], () => clockMs);
    for (const atMs of [0, 3_599_999, 3_600_000]) {
      clockMs = atMs;
      expect(await outcomeOf(agent, upstream)).toBe(200);
      await upstream.dropConnections();
    }
    expect([upstream.requests(), upstream.opened()]).toEqual([3, 5]);
  });

  it("of one policy serves no other", async () => {
    const upstream = await serve(ours);
    expect(await outcomeOf(held(roots(ours), [ours]), upstream)).toBe(200);
    const before = upstream.received();
    expect(await outcomeOf(held(roots(vendor), [ours]), upstream)).toBe("channel_refused");
    expect(upstream.received()).toBe(before);
  });
});

describe("a pooled connection", () => {
  it.each([
    ["roots", roots(ours)],
    ["system", { channel: "system", pins: [], roots: [] } as const],
  ])("begins no request once an hour is over: %s", async (_name, policy) => {
    const upstream = await serve(ours);
    let clockMs = 0;
    const agentOf = heldAgents([ours.pem], () => clockMs);
    agents.push(agentOf(policy));
    const connections: number[] = [];
    for (const atMs of [0, 3_599_999, 3_600_000, 3_600_001]) {
      clockMs = atMs;
      const before = upstream.opened();
      expect(await outcomeOf(agentOf(policy), upstream)).toBe(200);
      connections.push(upstream.opened() - before);
    }
    const whole = policy.channel === "roots" ? 2 : 1;
    expect(connections).toEqual([whole, 0, whole, 0]);
  });

  it("begins none once the proof that it rests on is over, however young it is itself", async () => {
    const upstream = await serve(ours);
    let clockMs = 0;
    const agentOf = heldAgents([ours.pem], () => clockMs);
    agents.push(agentOf(roots(ours)));
    expect(await outcomeOf(agentOf(roots(ours)), upstream)).toBe(200);
    await upstream.dropConnections();
    clockMs = 3_500_000;
    expect(await outcomeOf(agentOf(roots(ours)), upstream)).toBe(200);
    expect(upstream.opened()).toBe(3);
    clockMs = 3_600_000;
    expect(await outcomeOf(agentOf(roots(ours)), upstream)).toBe(200);
    expect(upstream.opened()).toBe(5);
  });
});

describe("giving up while a connection is made", () => {
  /** Accepts, and says nothing; or says nothing only from the second connection on. */
  async function serveSilence(
    first: TlsAuthority | null,
  ): Promise<{ port: number; next(count: number): Promise<Socket> }> {
    const upstream = first === null ? null : await serve(first);
    const sockets: Socket[] = [];
    const server = createTcpServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      if (upstream === null || sockets.length > 1) return;
      const through = connect(upstream.port, "127.0.0.1");
      through.on("error", () => {});
      socket.pipe(through).pipe(socket);
    });
    silent.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      port: (server.address() as AddressInfo).port,
      async next(count) {
        while (sockets.length < count) await once(server, "connection");
        const socket = sockets[count - 1];
        if (socket === undefined) throw new Error("no socket");
        return socket;
      },
    };
  }
  const silent: TcpServer[] = [];
  afterEach(async () => {
    for (const server of silent.splice(0)) {
      server.close();
      await once(server, "close");
    }
  });

  it.each([
    ["handshake", null, 1],
    ["proof", ours, 2],
  ] as const)("closes it: in its %s", async (_name, first, count) => {
    const host = await serveSilence(first);
    const aborter = createAborter();
    const agent = held(roots(ours), [ours]);
    const outcome = outcomeOf(agent, host, "localhost", aborter.handle);
    const socket = await host.next(count);
    aborter.abort();
    expect(await outcome).toBe("aborted");
    socket.resume();
    if (!socket.closed) await once(socket, "close");
    expect(socket.readableEnded || socket.destroyed).toBe(true);
  });

  it("leaves a proof to whoever else waits for it", async () => {
    const upstream = await serve(ours);
    const aborter = createAborter();
    const agent = held(roots(ours), [ours]);
    const begun = Array.from({ length: 4 }, (_, index) =>
      outcomeOf(agent, upstream, "localhost", index === 0 ? aborter.handle : createAborter().handle),
    );
    while (upstream.opened() < 5) await new Promise((resolve) => setImmediate(resolve));
    aborter.abort();
    expect(await Promise.all(begun)).toEqual(["aborted", 200, 200, 200]);
  });
});
