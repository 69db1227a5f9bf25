import { EventEmitter, once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { TlsAuthority } from "../../../../testing/tls-authority.ts";

/** What arrived, as the server tells it back. */
export interface Echo {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** base64 */
  readonly body: string;
}

/** A real TLS server that says what arrived: as JSON, as a WebSocket's first message, as an event of a stream. */
export interface EchoUpstream {
  readonly host: string;
  readonly port: number;
  /** `https://HOST:PORT` */
  readonly origin: string;
  /** Everything that arrived, preflights left out. */
  readonly arrived: Echo[];
  /** Resolves when a client leaves an answer that is not whole. */
  nextLeft(): Promise<void>;
  close(): Promise<void>;
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function toEcho(request: IncomingMessage, body: Buffer): Echo {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
  return { method: request.method ?? "", url: request.url ?? "", headers, body: body.toString("base64") };
}

const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "*, authorization",
  "access-control-allow-methods": "*",
  "access-control-expose-headers": "*",
  "access-control-max-age": "600",
};

/** Events: what arrived; two more, cut in the middle of a character; then the end, or nothing for ever. */
function sendEvents(response: ServerResponse, echo: Echo, isEndless: boolean, id: string): void {
  response.writeHead(200, { ...cors, "content-type": "text/event-stream" });
  response.write(`retry: 10\nid: ${id}\ndata: ${JSON.stringify(echo)}\n\n`);
  const text = Buffer.from("event: named\ndata: ä\ndata: b\r\n\r\n");
  response.write(text.subarray(0, 20));
  response.write(text.subarray(20));
  if (!isEndless) response.end();
}

function answer(echo: Echo, request: IncomingMessage, response: ServerResponse, left: EventEmitter): void {
  const url = new URL(echo.url, "https://upstream.test");
  const to = url.searchParams.get("redirect");
  if (to !== null) {
    response.writeHead(Number(url.searchParams.get("status") ?? 302), { ...cors, location: to }).end();
  } else if (url.searchParams.has("events")) {
    sendEvents(response, echo, url.searchParams.get("events") === "endless", url.searchParams.get("id") ?? "7");
  } else if (url.searchParams.has("never")) {
    request.socket.on("close", () => {});
  } else if (url.searchParams.has("drip")) {
    response.writeHead(200, { ...cors, "content-type": "text/plain", "x-content-type-options": "nosniff" });
    response.on("close", () => left.emit("left"));
    response.write("first ");
  } else if (url.searchParams.has("broken")) {
    response.writeHead(200, { ...cors, "content-length": "100" });
    response.write("part");
    setImmediate(() => request.socket.destroy());
  } else {
    const status = Number(url.searchParams.get("answer") ?? 200);
    response.writeHead(status, { ...cors, "content-type": "application/json", "x-two": ["one", "two"] });
    response.end(status === 204 || status === 304 ? undefined : JSON.stringify(echo));
  }
}

export async function serveEcho(authority: TlsAuthority, host: string): Promise<EchoUpstream> {
  const identity = authority.issue([host]);
  const arrived: Echo[] = [];
  const left = new EventEmitter();
  const server: Server = createServer({ key: identity.key, cert: identity.cert });
  server.on("request", (request, response) => {
    if (request.method === "OPTIONS" && "access-control-request-method" in request.headers) {
      response.writeHead(204, cors).end();
      return;
    }
    if (request.url === "/page") {
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>app</title>");
      return;
    }
    void read(request)
      .then((body) => {
        const echo = toEcho(request, body);
        arrived.push(echo);
        answer(echo, request, response, left);
      })
      .catch(() => response.destroy());
  });
  const sockets = new WebSocketServer({
    server,
    handleProtocols: (protocols) => [...protocols][0] ?? false,
    verifyClient: ({ req }, done) => {
      const to = new URL(req.url ?? "", "https://upstream.test").searchParams.get("redirect");
      if (to === null) done(true);
      else done(false, 302, "", { location: to });
    },
  });
  sockets.on("connection", (socket, request) => {
    const echo = toEcho(request, Buffer.alloc(0));
    arrived.push(echo);
    socket.send(JSON.stringify(echo));
    socket.on("message", (data, isBinary) => {
      if (!isBinary && (data as Buffer).toString() === "close") socket.close(4001, "as asked");
      else socket.send(data, { binary: isBinary });
    });
  });
  server.listen(0, host === "localhost" ? "127.0.0.1" : host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    host,
    port,
    origin: `https://${host}:${port}`,
    arrived,
    async nextLeft() {
      await once(left, "left");
    },
    async close() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
