import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { DetailedPeerCertificate } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { createTlsAuthority, type TlsAuthority } from "../../../../testing/tls-authority.ts";
import { createAborter } from "../abort.ts";
import type { ChannelPolicy, ChannelRequest, ChannelTransport } from "../ports.ts";
import { nodeChannelTransport } from "./node-channel-transport.ts";
import { pinnedOfChain } from "./pinned-path.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Upstream {
  readonly port: number;
  readonly requests: IncomingMessage[];
  /** Connections whose handshake was completed on the server's side. */
  readonly connections: Socket[];
  /** Connections that were opened at all, those of a proof among them. */
  opened(): number;
  /** Decrypted bytes that arrived. */
  received(): number;
}

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
});

const authority = (name: string): TlsAuthority => createTlsAuthority({ name, nowMs: Date.now() });
const genuine = authority("genuine");
const interceptor = authority("interceptor");

async function serve(
  by: TlsAuthority,
  options: { hosts?: readonly string[]; extraPem?: string; handler?: Handler } = {},
): Promise<Upstream> {
  const identity = by.issue(options.hosts ?? ["localhost"]);
  const server = createServer({ key: identity.key, cert: identity.cert + (options.extraPem ?? "") });
  servers.push(server);
  const requests: IncomingMessage[] = [];
  const connections: Socket[] = [];
  let received = 0;
  let opened = 0;
  server.on("connection", () => {
    opened += 1;
  });
  server.on("secureConnection", (socket) => {
    connections.push(socket);
    socket.on("data", (part: Buffer) => {
      received += part.length;
    });
  });
  server.on("request", (request, response) => {
    requests.push(request);
    (options.handler ?? ((_request, answer) => answer.end("ok")))(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    connections,
    opened: () => opened,
    received: () => received,
  };
}

const system: ChannelPolicy = { channel: "system", pins: [], roots: [] };
const none = Buffer.alloc(32).toString("base64url");
const pins = (...pinned: string[]): ChannelPolicy => ({ channel: "pins", pins: pinned, roots: [] });
const derOf = (by: TlsAuthority): Uint8Array =>
  new Uint8Array(Buffer.from(by.pem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64"));

function requestTo(upstream: Upstream, policy: ChannelPolicy, change: Partial<ChannelRequest> = {}): ChannelRequest {
  return {
    method: "GET",
    host: "localhost",
    port: upstream.port,
    target: "/secret?key=VALUE",
    headers: [["x-key", "VALUE"]],
    body: null,
    policy,
    abort: createAborter().handle,
    ...change,
  };
}

async function outcomeOf(transport: ChannelTransport, request: ChannelRequest): Promise<unknown> {
  try {
    const response = await transport.send(request);
    for await (const _part of response.body) {
      // Read to the end, so that the connection is free again.
    }
    return response.status;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

/** The device store holds both authorities: an interceptor whose certificate the device trusts. */
const device = nodeChannelTransport({ trustedCas: [genuine.pem, interceptor.pem] });

describe("the channel", () => {
  const accepted: readonly (readonly [string, TlsAuthority, ChannelPolicy])[] = [
    ["system: the device store vouches", genuine, system],
    ["pins: a pin of the issuer is in the chain", genuine, pins(none, genuine.spkiPin)],
    ["roots: the managed root vouches", genuine, { channel: "roots", pins: [], roots: [derOf(genuine)] }],
    [
      "both: the managed root vouches and a pin is in the chain",
      genuine,
      { channel: "both", pins: [none, genuine.spkiPin], roots: [derOf(genuine)] },
    ],
  ];
  it.each(accepted)("accepts %s", async (_name, by, policy) => {
    expect(await outcomeOf(device, requestTo(await serve(by), policy))).toBe(200);
  });

  const refused: readonly (readonly [string, TlsAuthority, ChannelPolicy])[] = [
    ["pins: an interceptor that the device trusts", interceptor, pins(genuine.spkiPin, none)],
    [
      "roots: an interceptor that the device trusts",
      interceptor,
      { channel: "roots", pins: [], roots: [derOf(genuine)] },
    ],
    [
      "both: a pin without the root",
      genuine,
      { channel: "both", pins: [genuine.spkiPin], roots: [derOf(interceptor)] },
    ],
    ["both: the root without a pin", genuine, { channel: "both", pins: [none], roots: [derOf(genuine)] }],
    ["roots: no managed root at all", genuine, { channel: "roots", pins: [], roots: [] }],
    ["both: no managed root at all", genuine, { channel: "both", pins: [genuine.spkiPin], roots: [] }],
    ["pins: no pin at all", genuine, pins()],
  ];
  it.each(refused)("refuses %s, and not a byte of the request is sent", async (_name, by, policy) => {
    const upstream = await serve(by);
    expect(await outcomeOf(device, requestTo(upstream, policy))).toBe("channel_refused");
    expect([upstream.requests.length, upstream.received()]).toEqual([0, 0]);
  });

  it("refuses a peer that merely sends the pinned certificate along", async () => {
    const upstream = await serve(interceptor, { extraPem: genuine.pem });
    expect(await outcomeOf(device, requestTo(upstream, pins(genuine.spkiPin, none)))).toBe("channel_refused");
    expect(upstream.received()).toBe(0);
  });

  it("counts a pin only where each certificate signed the one below it, whatever the names say", () => {
    const namesake = authority("genuine");
    const der = (pem: string): Buffer => Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
    const pinnedBelow = (leafBy: TlsAuthority): number => {
      const issuerCertificate = { raw: der(genuine.pem) };
      const leaf = { raw: der(leafBy.issue(["localhost"]).cert), issuerCertificate };
      return pinnedOfChain(leaf as unknown as DetailedPeerCertificate, [genuine.spkiPin]).length;
    };
    expect([pinnedBelow(genuine), pinnedBelow(namesake), pinnedBelow(interceptor)]).toEqual([1, 0, 0]);
  });

  const composed: readonly (readonly [string, string])[] = [
    ["a customer's certificate of the pinned authority", genuine.vouchFor(interceptor, "customer")],
    ["a sub-authority held to other names", genuine.vouchFor(interceptor, { permitted: "customer.test" })],
  ];
  it.each(composed)("refuses a chain that the peer composed over %s, and not a byte is sent", async (_name, twin) => {
    const upstream = await serve(interceptor, { extraPem: twin + genuine.pem });
    expect(await outcomeOf(device, requestTo(upstream, pins(genuine.spkiPin, none)))).toBe("channel_refused");
    const both: ChannelPolicy = { channel: "both", pins: [genuine.spkiPin], roots: [derOf(interceptor)] };
    expect(await outcomeOf(device, requestTo(upstream, both))).toBe("channel_refused");
    expect([upstream.requests.length, upstream.received()]).toEqual([0, 0]);
  });

  it("accepts a pinned authority at the top and in the middle of a chain, proving each leaf once", async () => {
    const middle = authority("middle");
    const upstream = await serve(middle, { extraPem: genuine.vouchFor(middle, { permitted: "localhost" }) });
    const transport = nodeChannelTransport({ trustedCas: [genuine.pem] });
    for (const pinned of [middle.spkiPin, genuine.spkiPin]) {
      for (let count = 0; count < 2; count += 1) {
        expect(await outcomeOf(transport, requestTo(upstream, pins(pinned, none)))).toBe(200);
        for (const socket of upstream.connections) socket.destroy();
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    // Of each policy: one more handshake at its first connection, in which nothing was written.
    expect([upstream.requests.length, upstream.opened()]).toEqual([4, 6]);
  });

  it("refuses a certificate of another host name under every policy, pinned or managed", async () => {
    const upstream = await serve(genuine, { hosts: ["other.test"] });
    const policies: ChannelPolicy[] = [
      system,
      pins(genuine.spkiPin, none),
      { channel: "roots", pins: [], roots: [derOf(genuine)] },
      { channel: "both", pins: [genuine.spkiPin], roots: [derOf(genuine)] },
    ];
    for (const policy of policies) expect(await outcomeOf(device, requestTo(upstream, policy))).toBe("channel_refused");
    expect(upstream.received()).toBe(0);
  });

  it("refuses an authority that the device store does not hold, also with a matching pin", async () => {
    const bare = nodeChannelTransport({ trustedCas: [interceptor.pem] });
    const upstream = await serve(genuine);
    expect(await outcomeOf(bare, requestTo(upstream, system))).toBe("channel_refused");
    expect(await outcomeOf(bare, requestTo(upstream, pins(genuine.spkiPin, none)))).toBe("channel_refused");
    expect(await outcomeOf(nodeChannelTransport(), requestTo(upstream, system))).toBe("channel_refused");
  });

  it("calls a closed port a network failure, no interception", async () => {
    const upstream = await serve(genuine);
    const [server] = servers.splice(0);
    server?.close();
    expect(await outcomeOf(device, requestTo(upstream, system))).toBe("network");
  });
});

describe("connections", () => {
  it("are reused under their own policy, and never serve another", async () => {
    const transport = nodeChannelTransport({ trustedCas: [genuine.pem] });
    const upstream = await serve(genuine);
    for (let count = 0; count < 3; count += 1) await outcomeOf(transport, requestTo(upstream, system));
    expect(upstream.connections).toHaveLength(1);
    await outcomeOf(transport, requestTo(upstream, pins(genuine.spkiPin, none)));
    await outcomeOf(transport, requestTo(upstream, pins(none, none)));
    expect(upstream.requests).toHaveLength(4);
    expect(upstream.connections.length).toBeGreaterThanOrEqual(2);
  });

  it("carry the request as it was given: method, target, repeated headers, body", async () => {
    const bodies: string[] = [];
    const upstream = await serve(genuine, {
      handler: (request, response) => {
        let text = "";
        request.on("data", (part: Buffer) => {
          text += part.toString();
        });
        request.on("end", () => {
          bodies.push(text);
          response.writeHead(201, [
            ["set-cookie", "a=1"],
            ["set-cookie", "b=2"],
          ]);
          response.end("done");
        });
      },
    });
    const response = await device.send(
      requestTo(upstream, system, {
        method: "PATCH",
        headers: [
          ["x-a", "1"],
          ["X-A", "2"],
        ],
        body: new Uint8Array(Buffer.from("payload")),
      }),
    );
    const [request] = upstream.requests;
    expect([request?.method, request?.url, request?.headers["x-a"]]).toEqual(["PATCH", "/secret?key=VALUE", "1, 2"]);
    expect(request?.headers.host).toBe(`localhost:${upstream.port}`);
    expect(Object.keys(request?.headers ?? {}).sort()).toEqual(["connection", "content-length", "host", "x-a"]);
    expect(bodies).toEqual(["payload"]);
    expect(response.headers.filter(([name]) => name === "set-cookie")).toEqual([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
  });

  it("never follow a redirect by themselves", async () => {
    const upstream = await serve(genuine, {
      handler: (_request, response) => response.writeHead(302, { location: "/again" }).end(),
    });
    expect(await outcomeOf(device, requestTo(upstream, system))).toBe(302);
    expect(upstream.requests).toHaveLength(1);
  });

  it("end when the caller aborts, before the answer and within its body", async () => {
    const upstream = await serve(genuine, { handler: () => {} });
    const aborter = createAborter();
    const sent = outcomeOf(device, requestTo(upstream, system, { abort: aborter.handle }));
    while (upstream.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    aborter.abort();
    expect(await sent).toBe("aborted");

    const streaming = await serve(genuine, { handler: (_request, response) => void response.write("first") });
    const within = createAborter();
    const response = await device.send(requestTo(streaming, system, { abort: within.handle }));
    const parts = response.body[Symbol.asyncIterator]();
    expect(Buffer.from((await parts.next()).value ?? []).toString()).toBe("first");
    within.abort();
    await expect(parts.next()).rejects.toMatchObject({ code: "aborted" });
  });

  it("are closed when a body is left early, even before its first piece", async () => {
    const upstream = await serve(genuine, { handler: (_request, response) => void response.write("first") });
    const response = await device.send(requestTo(upstream, system));
    const [socket] = upstream.connections;
    await response.body[Symbol.asyncIterator]().return?.();
    if (socket !== undefined && !socket.destroyed) await once(socket, "close");
    expect(socket?.destroyed).toBe(true);
  });
});
