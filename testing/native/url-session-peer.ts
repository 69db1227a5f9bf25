import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

function answer(request: IncomingMessage, response: ServerResponse, length: number): void {
  const { "countersign-pass": pass = "", "x-a": other = "" } = request.headers;
  switch (request.url ?? "") {
    case "/long":
      return void response.end("a".repeat(300_000));
    case "/cookies":
      return void response
        .writeHead(200, { "set-cookie": "theirs=1; Path=/; Max-Age=60" })
        .end(`cookies: ${request.headers.cookie ?? "none"}`);
    case "/redirect":
      return void response.writeHead(302, { location: "/echo" }).end();
    case "/cut":
      return void request.socket.destroy();
    default:
      return void response.end(`${request.method} ${request.url} ${pass} ${other} ${length}`);
  }
}

/** What the tests of held sessions speak to, in the clear: /echo says what came, /long is long, /cookies says the cookies and sets one, /redirect redirects, /cut goes before its answer, /closed never answers, and /written says what of it came. */
export async function startUrlSessionPeer(): Promise<{ readonly origin: string; close(): void }> {
  const closed = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    let length = 0;
    request.on("data", (piece: Buffer) => {
      length += piece.length;
    });
    if (request.url === "/closed") request.once("close", () => closed.resolve(`${length} ${request.complete}`));
    else if (request.url === "/written") void closed.promise.then((told) => response.end(told));
    else request.on("end", () => answer(request, response, length));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
