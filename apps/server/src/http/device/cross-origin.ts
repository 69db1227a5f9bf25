import type { FastifyInstance } from "fastify";

/** What a browser asks leave for before it calls. */
export interface CrossOriginCall {
  readonly url: string;
  readonly method: string;
  readonly headers: string;
}

/**
 * Lets pages of any origin call the device API: it takes no cookie and no other ambient authority, and whether an origin is registered is
 * judged as evidence, where the answer is signed.
 */
export function allowAnyOrigin(app: FastifyInstance, calls: readonly CrossOriginCall[]): void {
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("access-control-allow-origin", "*");
  });
  for (const { url, method, headers } of calls) {
    app.options(url, { schema: { hide: true } }, async (_request, reply) =>
      reply
        .code(204)
        .header("access-control-allow-methods", method)
        .header("access-control-allow-headers", headers)
        .header("access-control-max-age", "600")
        .header("cache-control", "no-store")
        .send(),
    );
  }
}
