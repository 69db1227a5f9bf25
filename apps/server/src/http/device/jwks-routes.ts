import type { Jwk } from "@countersign/tokens";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import type { DeviceDeps } from "../../domain/device/device-deps.ts";
import { jsonResponse } from "../openapi.ts";
import { sendProblem } from "../problem.ts";

const jwk = z.object({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  alg: z.literal("ES256"),
  use: z.literal("sig"),
  kid: z.string(),
  x: z.string(),
  y: z.string(),
});
const jwks = z.object({ keys: z.array(jwk) }).meta({ id: "Jwks" });

/**
 * Token keys: of every production project at `/.well-known/jwks.json`, of one project under its issuer. Keys of development projects
 * are found under their own issuers alone.
 */
export function jwksRoutes(app: FastifyInstance, { contexts }: DeviceDeps): void {
  const schema = (id: string, summary: string) => ({
    operationId: id,
    tags: ["device"],
    summary,
    response: { 200: jsonResponse("A JSON Web Key Set (RFC 7517)", jwks) },
  });

  app.get(
    "/.well-known/jwks.json",
    { schema: schema("getKeySet", "Token keys of every production project.") },
    async (_request, reply) => {
      const settled = await Promise.allSettled((await contexts.ids()).map((id) => contexts.get(id)));
      const all = settled.map((each) => (each.status === "fulfilled" ? each.value : null));
      const isWhole = settled.every((each) => each.status === "fulfilled");
      const keys = all.flatMap((each) => (each?.project.kind === "production" ? each.jwks : []));
      return send(reply, keys, isWhole ? "public, max-age=300" : "no-store");
    },
  );

  for (const kind of ["production", "development"] as const) {
    const url = kind === "production" ? "/p/:project" : "/p/:project/development";
    app.get(
      `${url}/.well-known/jwks.json`,
      {
        schema: {
          ...schema(
            `get${kind === "production" ? "Production" : "Development"}ProjectKeySet`,
            `Token keys of one ${kind} project.`,
          ),
          params: z.object({ project: z.string() }),
        },
      },
      async (request, reply) => {
        const { project } = request.params as { readonly project: string };
        const context = await contexts.get(project);
        if (context?.project.kind !== kind) return sendProblem(reply, "not_found");
        return send(reply, context.jwks);
      },
    );
  }
}

function send(reply: FastifyReply, keys: readonly Jwk[], caching = "public, max-age=300"): FastifyReply {
  return reply.code(200).header("cache-control", caching).type("application/json").send({ keys });
}
