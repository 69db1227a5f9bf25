import { createServer } from "node:http";
import { Agent } from "node:https";
import type { AddressInfo } from "node:net";
import proxy from "@fastify/http-proxy";
import { fastify } from "fastify";
import { createProxyMiddleware } from "http-proxy-middleware";

/** A proxy of Node's as its own documentation sets it up, that adds the key to every request. */
const [name = "", port = "", ca = ""] = process.argv.slice(2);
const upstream = `https://localhost:${port}`;
const key = "the-key-of-the-bench";

if (name === "@fastify/http-proxy") {
  const app = fastify();
  await app.register(proxy, {
    upstream,
    undici: { connections: 128, pipelining: 1, keepAliveTimeout: 60_000, connect: { ca } },
    replyOptions: { rewriteRequestHeaders: (_request, headers) => ({ ...headers, "x-key": key }) },
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  process.send?.({ port: (app.server.address() as AddressInfo).port });
} else {
  const agent = new Agent({ keepAlive: true, maxSockets: 128, ca });
  const middleware = createProxyMiddleware({ target: upstream, changeOrigin: true, agent, headers: { "x-key": key } });
  const server = createServer((request, response) => void middleware(request, response));
  server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
}
process.on("disconnect", () => process.exit());
