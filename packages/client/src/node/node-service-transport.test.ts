import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { formatConfigurationString } from "@countersign/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { createTlsAuthority } from "../../../../testing/tls-authority.ts";
import { createAborter } from "../abort.ts";
import type { ServiceTransport } from "../ports.ts";
import { nodeServiceTransport } from "./node-service-transport.ts";

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
});

function configuration(kind: "production" | "development", host: string, port: number | null): string {
  const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
  return formatConfigurationString({
    kind,
    host,
    port,
    projectId: bytes(16, 1),
    root: bytes(32, 2),
    recovery: bytes(32, 3),
  });
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function plain(handler: RequestListener): Promise<ServiceTransport> {
  const port = await listen(createServer(handler));
  return nodeServiceTransport({ configuration: configuration("development", "127.0.0.1", port) });
}

const post = { method: "POST", path: "/v1/sessions", headers: [], body: "{}", timeoutMs: 5000 } as const;

describe("the service's origin", () => {
  it("is plain http for a development project on this machine alone", () => {
    const originOf = (kind: "production" | "development", host: string, serviceCa?: string): string =>
      nodeServiceTransport({
        configuration: configuration(kind, host, 8443),
        ...(serviceCa === undefined ? {} : { serviceCa }),
      }).origin;
    const { pem } = createTlsAuthority({ name: "service", nowMs: Date.now() });
    expect(originOf("development", "localhost")).toBe("http://localhost:8443");
    expect(originOf("development", "127.0.0.1")).toBe("http://127.0.0.1:8443");
    expect(originOf("development", "localhost", pem)).toBe("https://localhost:8443");
    expect(originOf("development", "service.test")).toBe("https://service.test:8443");
    expect(originOf("production", "localhost")).toBe("https://localhost:8443");
  });

  it("is a TypeError where the configuration string is none", () => {
    expect(() => nodeServiceTransport({ configuration: "cs1~x" })).toThrow(TypeError);
  });
});

describe("a call to the service", () => {
  it("gives the answer's bytes, whatever the status says", async () => {
    const transport = await plain((_request, response) => response.writeHead(409).end("{}"));
    const answer = await transport.send(post);
    expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([409, "{}"]);
  });

  it("over TLS trusts the certificate handed in, and no stranger's", async () => {
    const authority = createTlsAuthority({ name: "service", nowMs: Date.now() });
    const identity = authority.issue(["localhost"]);
    const port = await listen(
      createTlsServer({ key: identity.key, cert: identity.cert }, (_request, response) => response.end("{}")),
    );
    const text = configuration("development", "localhost", port);
    const trusting = nodeServiceTransport({ configuration: text, serviceCa: authority.pem });
    expect((await trusting.send(post)).status).toBe(200);
    const stranger = createTlsAuthority({ name: "stranger", nowMs: Date.now() });
    const other = nodeServiceTransport({ configuration: text, serviceCa: stranger.pem });
    await expect(other.send(post)).rejects.toMatchObject({ code: "channel_refused" });
  });

  it("follows no redirect", async () => {
    let requests = 0;
    const transport = await plain((_request, response) => {
      requests += 1;
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    expect((await transport.send(post)).status).toBe(307);
    expect(requests).toBe(1);
  });

  it("rejects an answer above the bound, a broken one and one that never comes", async () => {
    const large = await plain((_request, response) => response.end("x".repeat(2_000_000)));
    await expect(large.send(post)).rejects.toBeDefined();
    const broken = await plain((request) => request.socket.destroy());
    await expect(broken.send(post)).rejects.toBeDefined();
    const silent = await plain(() => {});
    await expect(silent.send({ ...post, timeoutMs: 1 })).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("a brokered request", () => {
  const relayed = {
    method: "GET",
    path: "/b/p/nasa/",
    headers: [],
    body: null,
    abort: createAborter().handle,
  } as const;
  const textOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
    let text = "";
    for await (const part of body) text += Buffer.from(part).toString();
    return text;
  };

  it("goes to the service, or to the broker that it names, under the service's TLS and no other", async () => {
    const authority = createTlsAuthority({ name: "service", nowMs: Date.now() });
    const identity = authority.issue(["localhost"]);
    const tls = { key: identity.key, cert: identity.cert };
    const service = await listen(createTlsServer(tls, (_request, response) => response.end("service")));
    const broker = await listen(createTlsServer(tls, (_request, response) => response.end("broker")));
    const near = await listen(createServer((_request, response) => response.end("near")));
    const text = configuration("development", "localhost", service);
    const trusting = nodeServiceTransport({ configuration: text, serviceCa: authority.pem });
    const asked = async (origin?: string) =>
      textOf((await trusting.relay({ ...relayed, ...(origin !== undefined && { origin }) })).body);
    expect(await asked()).toBe("service");
    expect(await asked(`https://localhost:${broker}`)).toBe("broker");
    expect(await asked(`http://127.0.0.1:${near}`)).toBe("near");
    const stranger = createTlsAuthority({ name: "stranger", nowMs: Date.now() });
    const other = nodeServiceTransport({ configuration: text, serviceCa: stranger.pem });
    const refused = other.relay({ ...relayed, origin: `https://localhost:${broker}` });
    await expect(refused).rejects.toMatchObject({ code: "channel_refused" });
  });
});

describe("the watch stream", () => {
  it("hands out each event's data, skips comments, and ends on abort", async () => {
    const transport = await plain((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(":\n\ndata: 1\n\nda");
      response.write("ta: 2\r\n\r\nevent: x\ndata:3\n\n");
    });
    const seen: string[] = [];
    const aborter = createAborter();
    const ended = transport.watch(
      { path: "/v1/watch", headers: [] },
      (data) => {
        seen.push(data);
        if (seen.length === 3) aborter.abort();
      },
      aborter.handle,
    );
    await ended.catch(() => {});
    expect(seen).toEqual(["1", "2", "3"]);
  });

  it("ends at once where the answer is no event stream", async () => {
    const transport = await plain((_request, response) => response.writeHead(503).end("data: 1\n\n"));
    const seen: string[] = [];
    await transport.watch({ path: "/v1/watch", headers: [] }, (data) => seen.push(data), createAborter().handle);
    expect(seen).toEqual([]);
  });

  it("ends where a line never does", async () => {
    const transport = await plain((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${"1".repeat(10_000)}`);
    });
    await transport.watch({ path: "/v1/watch", headers: [] }, () => {}, createAborter().handle);
  });
});
