import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createTlsAuthority } from "../../testing/tls-authority.ts";

/** The API behind every proxy: HTTPS over HTTP/1.1, keep-alive, a small JSON answer, a streamed one, and uploads. */
const authority = createTlsAuthority({ name: "Bench upstream CA", nowMs: Date.now() });
const small = JSON.stringify({ id: 81, title: "A picture of the day", width: 1024, tags: ["sky", "night"], ok: true });
const piece = Buffer.alloc(2048, "s");

const server = createServer({ ...authority.issue(["localhost"]), keepAliveTimeout: 60_000 }, (request, response) => {
  if (request.headers["x-key"] !== "the-key-of-the-bench") {
    response.writeHead(403).end();
    return;
  }
  if (request.url?.startsWith("/v1/stream") === true) {
    response.writeHead(200, { "content-type": "application/octet-stream" });
    for (let part = 0; part < 8; part += 1) response.write(piece);
    response.end();
    return;
  }
  request.resume();
  request.on("end", () => {
    response.writeHead(200, { "content-type": "application/json", "content-length": String(small.length) });
    response.end(small);
  });
});
server.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port, ca: authority.pem });
});
process.on("disconnect", () => process.exit());
