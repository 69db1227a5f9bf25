import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { countersign } from "../../fastify/index.ts";
import { bodyDigest, type OpenServer } from "./guarded-server.ts";

export const openFastifyServer: OpenServer = async (verifier) => {
  const app = fastify();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  await app.register(countersign(verifier));
  app.all("/*", async (request) => bodyDigest(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)));
  await app.listen({ port: 0, host: "127.0.0.1" });
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
};
