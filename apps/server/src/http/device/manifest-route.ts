import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { DeviceDeps } from "../../domain/device/device-deps.ts";
import { sendProblem } from "../problem.ts";

/** `GET /v1/manifest/{project}/{app}`: the envelope as it is signed now. Ids of apps are public: they travel in each app. */
export async function sendManifest(
  deps: DeviceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { project, app } = request.params as { readonly project: string; readonly app: string };
  const context = await deps.contexts.get(project);
  const manifest = context?.manifestOf(app) ?? null;
  if (context === null || manifest === null)
    return sendProblem(reply, context === null ? "unknown_project" : "not_found");
  const etag = `"${createHash("sha256").update(manifest.signed).digest("base64url").slice(0, 22)}"`;
  reply.header("etag", etag).header("cache-control", "public, max-age=0, must-revalidate");
  if (request.headers["if-none-match"] === etag) return reply.code(304).send();
  return reply.code(200).type("application/json").send(manifest);
}
