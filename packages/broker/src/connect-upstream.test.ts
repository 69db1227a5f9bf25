import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { createTlsAuthority, type TlsAuthority } from "../../../testing/tls-authority.ts";
import type { UpstreamChannel } from "./channel.ts";
import { connectUpstream } from "./connect-upstream.ts";
import { createPathProofs, type PathProofs } from "./path-proofs.ts";

const nowMs = Date.now();
const pinned = createTlsAuthority({ name: "Pinned CA", nowMs });
const other = createTlsAuthority({ name: "Other CA", nowMs });
const backup = "A".repeat(43);
const channelOf = (change: Partial<UpstreamChannel>): UpstreamChannel => ({
  channel: "pins",
  pins: [pinned.spkiPin, backup],
  roots: [],
  furtherCas: [pinned.pem, other.pem],
  ...change,
});

interface Upstream {
  readonly port: number;
  opened(): number;
  received(): number;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

async function serve(by: TlsAuthority, chainPem = "", hosts: readonly string[] = ["localhost"]): Promise<Upstream> {
  const { cert, key } = by.issue(hosts);
  let opened = 0;
  let received = 0;
  const server = createServer({ cert: cert + chainPem, key }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (part) => {
      received += part.length;
    });
  });
  server.on("connection", () => {
    opened += 1;
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, opened: () => opened, received: () => received };
}

async function outcome(
  { port }: Upstream,
  channel: UpstreamChannel,
  { host = "localhost", proofs = createPathProofs(() => 0) }: { host?: string; proofs?: PathProofs } = {},
): Promise<"up" | "refused"> {
  const peer = { address: "127.0.0.1", family: 4 } as const;
  const abort = new AbortController().signal;
  try {
    (await connectUpstream({ host, port, peer, channel, proofs, abort })).destroy();
    return "up";
  } catch {
    return "refused";
  }
}

describe("an upstream under a pinned channel", () => {
  const pins = channelOf({});

  it("comes up where the pinned authority issued its certificate, or the one above it", async () => {
    expect(await outcome(await serve(pinned), pins)).toBe("up");
    expect(await outcome(await serve(other, pinned.vouchFor(other, {})), channelOf({ furtherCas: [pinned.pem] }))).toBe(
      "up",
    );
  });

  it("is refused under another authority, also where that one sends the pinned one's certificate along", async () => {
    expect(await outcome(await serve(other), pins)).toBe("refused");
    expect(await outcome(await serve(other, pinned.pem), pins)).toBe("refused");
  });

  const composed: readonly (readonly [string, Parameters<TlsAuthority["vouchFor"]>[1]])[] = [
    ["a customer's certificate of the pinned authority", "customer"],
    ["a sub-authority held to other names", { permitted: "customer.test" }],
    ["a sub-authority that ran out", { notAfterMs: nowMs - 60_000 }],
  ];
  it.each(composed)("is refused where the chain it composed rests on %s", async (_name, as) => {
    const upstream = await serve(other, pinned.vouchFor(other, as) + pinned.pem);
    expect(await outcome(upstream, pins)).toBe("refused");
    expect(await outcome(upstream, channelOf({ channel: "both", roots: [other.pem] }))).toBe("refused");
    expect(upstream.received()).toBe(0);
  });

  it("is proven once an hour: one further handshake for each leaf and set of pins", async () => {
    let clockMs = 0;
    const proofs = createPathProofs(() => clockMs);
    const upstream = await serve(pinned);
    for (const atMs of [0, 3_599_999, 3_600_000]) {
      clockMs = atMs;
      expect(await outcome(upstream, pins, { proofs })).toBe("up");
    }
    expect(upstream.opened()).toBe(5);
    expect(await outcome(upstream, channelOf({ pins: [backup, backup] }), { proofs })).toBe("refused");
  });
});

describe("an upstream under managed roots", () => {
  const roots = channelOf({ channel: "roots", pins: [], roots: [pinned.pem], furtherCas: [] });

  it("is held to them alone: what this service trusts beside them counts for nothing, and need not agree", async () => {
    expect(await outcome(await serve(pinned), roots)).toBe("up");
    expect(await outcome(await serve(other), { ...roots, furtherCas: [other.pem] })).toBe("refused");
  });

  it("is refused under another name or address", async () => {
    expect(await outcome(await serve(pinned, "", ["other.test"]), roots)).toBe("refused");
    const numbered = await serve(pinned, "", ["127.0.0.1"]);
    expect(await outcome(numbered, roots, { host: "127.0.0.1" })).toBe("up");
    expect(await outcome(numbered, roots)).toBe("refused");
  });
});

it("fails its own call alone where the system refuses its address at once", async () => {
  const peer = { address: "127.0.0.1", family: 6 } as const;
  const to = { host: "localhost", port: 443, peer, channel: channelOf({}), proofs: createPathProofs(() => nowMs) };
  await expect(connectUpstream({ ...to, abort: new AbortController().signal })).rejects.toThrow("EINVAL");
});
