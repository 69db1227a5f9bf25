import type { FastifyInstance } from "fastify";

/**
 * Lets pages of any origin call the device API: it takes no cookie and no other ambient authority, and whether an origin is registered is
 * judged as evidence, where the answer is signed.
 */
export function allowAnyOrigin(app: FastifyInstance, urls: readonly string[]): void {
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("access-control-allow-origin", "*");
  });
  for (const url of urls) {
    app.options(url, { schema: { hide: true } }, async (_request, reply) =>
      reply
        .code(204)
        .header("access-control-allow-methods", "POST")
        .header("access-control-allow-headers", "content-type")
        .header("access-control-max-age", "600")
        .header("cache-control", "no-store")
        .send(),
    );
  }
}
