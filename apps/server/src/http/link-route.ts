import type { Broker } from "@countersign/broker";
import { isId } from "@countersign/protocol";
import type { FastifyPluginAsync, HTTPMethods } from "fastify";
import { sendProblem } from "./problem.ts";

const methods: HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const parts = /^\/l\/([^/?]+)\/([^/?]+)\/([^/?]+)(\/.*)$/;

/** `/l/{project}/{api}/{token}/path?query`: handed to the broker as it came from the wire, undecoded. Its body is never read. */
export function linkRoute(
  broker: Pick<Broker, "handleLink">,
  isProject: (id: string) => Promise<boolean>,
): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, done) => done(null, undefined));
    app.route({
      method: methods,
      url: "/l/:project/:api/*",
      schema: { hide: true },
      handler: async (request, reply) => {
        const { method = "GET", url = "", headers } = request.raw;
        const [, project = "", api = "", token = "", target = ""] = parts.exec(url) ?? [];
        if (!isId(api) || !(await isProject(project))) return sendProblem(reply, "not_found");
        reply.hijack();
        if (method !== "GET" && method !== "HEAD") reply.raw.setHeader("allow", "GET, HEAD");
        await broker.handleLink({ method, project, api, token, target, headers }, reply.raw);
        return reply;
      },
    });
  };
}
