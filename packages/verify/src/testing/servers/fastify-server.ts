import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { countersign } from "../../fastify/index.ts";
import type { Verification } from "../../verification.ts";
import { handled, type OpenServer } from "./guarded-server.ts";

export const openFastifyServer: OpenServer = async (verifier, options) => {
  const app = fastify({ bodyLimit: 8 * 1024 * 1024 });
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  await app.register(countersign(verifier, options));
  app.all("/*", async (request: { readonly body?: unknown; readonly countersign?: Verification | null }) =>
    handled(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), request.countersign),
  );
  await app.listen({ port: 0, host: "127.0.0.1" });
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
};
