import type { Broker } from "@countersign/broker";
import { isId } from "@countersign/protocol";
import type { FastifyPluginAsync, HTTPMethods } from "fastify";
import type { ProjectContexts } from "../domain/project/project-contexts.ts";
import { allowAnyOrigin } from "./broker-cross-origin.ts";
import { sendProblem } from "./problem.ts";

const methods: HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** `/b/{project}/{api}/{rest}`: handed to the broker as it came from the wire, undecoded and unread. */
export function brokerRoute(
  broker: Broker,
  contexts: ProjectContexts,
  networkOf: (address: string) => string,
): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, done) => done(null, undefined));
    app.route({
      method: methods,
      url: "/b/:project/:api/*",
      schema: { hide: true },
      config: { ownBodyTime: true },
      handler: async (request, reply) => {
        const rawTarget = request.raw.url ?? "";
        const [, , project = "", api = ""] = rawTarget.split("/");
        if (!isId(api) || (await contexts.get(project)) === null) return sendProblem(reply, "not_found");
        reply.hijack();
        reply.raw.setHeader("x-content-type-options", "nosniff");
        if (allowAnyOrigin(request.raw, reply.raw)) return reply;
        const { headers } = request.raw;
        const rest = rawTarget.slice(`/b/${project}/${api}`.length);
        const method = request.raw.method ?? "GET";
        const network = networkOf(request.ip);
        await broker.handle({ method, project, api, rest, rawTarget, headers, network, body: request.raw }, reply.raw);
        return reply;
      },
    });
  };
}
