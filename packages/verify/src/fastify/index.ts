import type { AdapterOptions } from "../adapter/adapter-options.ts";
import { createGate, type RequestVerifier } from "../adapter/gate.ts";
import { toNodeView } from "../adapter/node-view.ts";
import type { NodeMessage } from "../adapter/read-node-body.ts";
import type { Verification } from "../verification.ts";

export type { AdapterOptions } from "../adapter/adapter-options.ts";

/** What is used of Fastify's request. `countersign` is null until the request is verified. */
export interface FastifyRequestLike {
  readonly raw: NodeMessage;
  countersign?: Verification | null;
}

/** What is used of Fastify's reply. */
export interface FastifyReplyLike {
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(body: string): unknown;
}

/** What is used of a Fastify instance. */
export interface FastifyLike {
  decorateRequest(name: "countersign", value: null): unknown;
  hasRequestDecorator(name: string): boolean;
  addHook(
    name: "onRequest",
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<FastifyReplyLike | undefined>,
  ): unknown;
}

/**
 * A plugin for `app.register(countersign(verifier))`: verifies every request of the instance it is registered on, unknown routes
 * included, before a body is parsed, and leaves the verification on `request.countersign`. A body that a proof covers is read and put
 * back, so that every content type parser works as before. Register it inside a plugin of your own to guard that plugin's routes alone.
 */
export function countersign(verifier: RequestVerifier, options?: AdapterOptions) {
  const gate = createGate(verifier, options);
  const plugin = async (app: FastifyLike): Promise<void> => {
    if (!app.hasRequestDecorator("countersign")) app.decorateRequest("countersign", null);
    app.addHook("onRequest", async (request, reply) => {
      const passage = await gate.decide(request.raw, toNodeView(request.raw, gate.settings.bodyLimitBytes));
      if (passage.pass) {
        request.countersign = passage.verification;
        return undefined;
      }
      reply.code(passage.answer.status);
      for (const [name, value] of Object.entries(passage.answer.headers)) reply.header(name, value);
      reply.send(passage.answer.body);
      return reply;
    });
  };
  // What fastify-plugin sets: the hook belongs to the instance that registers it, not to a child that has no routes.
  return Object.assign(plugin, {
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "countersign",
  });
}
