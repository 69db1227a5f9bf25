import { attesterPath, discoveryOf, issuerOf, issuerPath } from "@countersign/tokens";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { DeviceDeps } from "../../domain/device/device-deps.ts";
import type { ProjectContext } from "../../domain/project/project-context.ts";
import type { PublishedKeys } from "../../domain/project/token-key-ring.ts";
import { tokenKeyTimes } from "../../domain/project/token-key-state.ts";
import { jsonResponse } from "../openapi.ts";
import { sendProblem } from "../problem.ts";

const jwk = z.object({
  kty: z.enum(["EC", "OKP", "RSA"]),
  alg: z.enum(["ES256", "EdDSA", "RS256", "PS256"]),
  use: z.literal("sig"),
  kid: z.string(),
  exp: z.int().optional().describe("Seconds since 1970. From then on nothing that this key signed may be accepted."),
  crv: z.enum(["P-256", "Ed25519"]).optional(),
  x: z.string().optional(),
  y: z.string().optional(),
  n: z.string().optional(),
  e: z.string().optional(),
});
const jwks = z.object({ keys: z.array(jwk) }).meta({ id: "Jwks" });
const discovery = z
  .object({ issuer: z.string(), jwks_uri: z.string() })
  .catchall(z.unknown())
  .meta({ id: "IssuerMetadata" });

const kinds = [
  { kind: "production", name: "Production" },
  { kind: "development", name: "Development" },
] as const;

/** What a route of one project answers with; null: not found. */
type Find<T> = (context: ProjectContext, request: FastifyRequest) => T | null;

/**
 * Token keys: of every production project at `/.well-known/jwks.json`, of one project and of each of its APIs under its issuer, with the issuer's
 * metadata. Keys of development projects are found under their own issuers alone. Nothing that holds keys may be kept past the end of one of them.
 */
export function jwksRoutes(app: FastifyInstance, { contexts, clock, publicOrigin }: DeviceDeps): void {
  app.get(
    "/.well-known/jwks.json",
    { schema: keySetSchema("getKeySet", "Token keys of every production project.") },
    async (_request, reply) => {
      const settled = await Promise.allSettled((await contexts.ids()).map((id) => contexts.get(id)));
      const isWhole = settled.every((each) => each.status === "fulfilled");
      const nowMs = clock.nowMs();
      const published = settled.flatMap((each) => {
        const context = each.status === "fulfilled" ? each.value : null;
        const own = context?.project.kind === "production" ? context.jwksOf(null, nowMs) : null;
        return own === null ? [] : [own];
      });
      const ages = published.map(({ maxAgeSeconds }) => maxAgeSeconds);
      const keys = published.flatMap((each) => each.keys);
      return sendKeys(reply, { keys, maxAgeSeconds: isWhole ? Math.min(longestSeconds, ...ages) : 0 });
    },
  );

  for (const { kind, name } of kinds) {
    const path = issuerPath(":project", kind);
    const mount = <T>(url: string, schema: object, find: Find<T>, send: (reply: FastifyReply, found: T) => unknown) =>
      app.get(url, { schema }, async (request, reply) => {
        const { project } = request.params as { readonly project: string };
        const context = await contexts.get(project);
        const found = context?.project.kind === kind ? find(context, request) : null;
        return found === null ? sendProblem(reply, "not_found") : send(reply, found);
      });

    mount(
      `${path}/.well-known/jwks.json`,
      keySetSchema(`get${name}ProjectKeySet`, `Token keys of one ${kind} project.`, ofProject),
      (context) => context.jwksOf(null, clock.nowMs()),
      sendKeys,
    );
    mount(
      `${path}/apis/:api/jwks.json`,
      keySetSchema(`get${name}ApiKeySet`, `Token keys of one API of a ${kind} project.`, ofApi),
      (context, request) => context.jwksOf((request.params as { readonly api: string }).api, clock.nowMs()),
      sendKeys,
    );
    mount(
      `${attesterPath(":project", kind)}/.well-known/jwks.json`,
      keySetSchema(
        `get${name}AttesterKeySet`,
        `Keys of a ${kind} project's client attestations, and no others.`,
        ofProject,
      ),
      (context) => context.attesterJwks(clock.nowMs()),
      sendKeys,
    );
    const metadataOf: Find<object> = (context) => {
      const issuer = issuerOf(publicOrigin(), context.project.id, kind);
      const keys = context.jwksOf(null, clock.nowMs())?.keys ?? [];
      const algs = [...new Set(keys.map(({ alg }) => alg))].toSorted();
      return discoveryOf({ issuer, jwksUri: `${issuer}/.well-known/jwks.json`, algs });
    };
    mount(
      `${path}/.well-known/openid-configuration`,
      metadataSchema(
        `get${name}IssuerMetadata`,
        `Metadata of a ${kind} project as issuer (OpenID Connect Discovery 1.0).`,
      ),
      metadataOf,
      sendMetadata,
    );
    mount(
      `/.well-known/oauth-authorization-server${path}`,
      metadataSchema(`get${name}ServerMetadata`, `The same where RFC 8414 looks for it.`),
      metadataOf,
      sendMetadata,
    );
  }
}

const longestSeconds = tokenKeyTimes.cacheMs / 1000;
const ofProject = { params: z.object({ project: z.string() }) };
const ofApi = { params: z.object({ project: z.string(), api: z.string() }) };

function keySetSchema(operationId: string, summary: string, more: object = {}): object {
  const response = { 200: jsonResponse("A JSON Web Key Set (RFC 7517)", jwks) };
  return { operationId, tags: ["device"], summary, response, ...more };
}

function metadataSchema(operationId: string, summary: string): object {
  const response = { 200: jsonResponse("Where the issuer's keys are, and what they are for", discovery) };
  return { operationId, tags: ["device"], summary, response, ...ofProject };
}

function sendKeys(reply: FastifyReply, { keys, maxAgeSeconds }: PublishedKeys): FastifyReply {
  return sendCached(reply, maxAgeSeconds === 0 ? "no-store" : `public, max-age=${maxAgeSeconds}`, { keys });
}

function sendMetadata(reply: FastifyReply, metadata: object): FastifyReply {
  return sendCached(reply, `public, max-age=${longestSeconds}`, metadata);
}

function sendCached(reply: FastifyReply, caching: string, body: object): FastifyReply {
  return reply.code(200).header("cache-control", caching).type("application/json").send(body);
}
