import { parseStrictJson } from "@countersign/protocol";
import type { FastifyBaseLogger, FastifyInstance, FastifyPluginAsync, FastifyRequest } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { Actor } from "../../domain/admin/admin-context.ts";
import { AdminError } from "../../domain/admin/admin-error.ts";
import type { AdminUseCases } from "../../domain/admin/admin-use-cases.ts";
import { bearerOf } from "../bearer.ts";
import { toAdminProblem } from "./admin-problem.ts";
import { createMount } from "./operation.ts";
import { mountAlarms } from "./routes/alarms.ts";
import { mountApps } from "./routes/apps.ts";
import { mountBootstrap } from "./routes/bootstrap.ts";
import { mountBrokers } from "./routes/brokers.ts";
import { mountDevelopmentKeys } from "./routes/development-keys.ts";
import { mountInstances } from "./routes/instances.ts";
import { mountKeys } from "./routes/keys.ts";
import { mountOauthClients } from "./routes/oauth-clients.ts";
import { mountProjects } from "./routes/projects.ts";
import { mountProtectedApis } from "./routes/protected-apis.ts";
import { mountReleases } from "./routes/releases.ts";
import { mountSecrets } from "./routes/secrets.ts";
import { mountService } from "./routes/service.ts";
import { mountSimulations } from "./routes/simulations.ts";
import { mountTokens } from "./routes/tokens.ts";
import { mountVendors } from "./routes/vendors.ts";
import { mountVerifiers } from "./routes/verifiers.ts";
import { toAdminError } from "./to-admin-error.ts";

export interface AdminRoutesOptions {
  /** The caller's network for the budget of failed attempts. Default: the peer's address. */
  readonly networkOf?: (request: FastifyRequest) => string;
}

const MOST_BODY_BYTES = 256 * 1024;

/**
 * The admin API as a Fastify plugin, whole paths from `/admin/v1` on. It brings its own JSON parser, schema compilers and error handler, and shares none with
 * what is mounted beside it. The token is checked before any byte of a body is read.
 */
export function adminRoutes(useCases: AdminUseCases, options: AdminRoutesOptions = {}): FastifyPluginAsync {
  const networkOf = options.networkOf ?? ((request) => request.ip);
  return async (app) => {
    app.setValidatorCompiler(validatorCompiler);
    app.setSerializerCompiler(serializerCompiler);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      "application/json",
      { parseAs: "buffer" },
      async (_request: FastifyRequest, body: Buffer) => parseBody(body),
    );
    app.setErrorHandler((thrown, request, reply) => {
      const error = toAdminError(thrown);
      if (error.code === "internal") logFailure(request.log, thrown);
      if (error.retryAfterSeconds !== null) reply.header("retry-after", String(error.retryAfterSeconds));
      if (error.code === "unauthorized") reply.header("www-authenticate", "Bearer");
      const problem = toAdminProblem(error);
      return reply.code(problem.status).type("application/problem+json").send(problem);
    });
    app.addHook("onSend", async (_request, reply) => {
      reply.header("cache-control", "no-store");
    });
    mountBootstrap(app, useCases, networkOf);
    await app.register(async (scope) => mountGuarded(scope, useCases, networkOf));
  };
}

function mountGuarded(
  scope: FastifyInstance,
  useCases: AdminUseCases,
  networkOf: (request: FastifyRequest) => string,
): void {
  const actors = new WeakMap<FastifyRequest, Actor>();
  scope.addHook("onRequest", async (request) => {
    actors.set(request, await useCases.authenticate(bearerOf(request), networkOf(request)));
  });
  const mount = createMount(scope, (request) => {
    const actor = actors.get(request);
    if (actor === undefined) throw new TypeError("a guarded route runs after its token was checked");
    return actor;
  });
  mountService(mount, useCases);
  mountProjects(mount, useCases);
  mountApps(mount, useCases);
  mountReleases(mount, useCases);
  mountProtectedApis(mount, useCases);
  mountSimulations(mount, useCases);
  mountKeys(mount, useCases);
  mountSecrets(mount, useCases);
  mountVendors(mount, useCases);
  mountVerifiers(mount, useCases);
  mountAlarms(mount, useCases);
  mountBrokers(mount, useCases);
  mountDevelopmentKeys(mount, useCases);
  mountTokens(mount, useCases);
  mountOauthClients(mount, useCases);
  mountInstances(mount, useCases);
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const json = parseStrictJson(body, { maxBytes: MOST_BODY_BYTES });
  if (!json.ok) throw new AdminError("invalid_input", "The body is not valid JSON, or names a member twice.");
  return json.value;
}

/** The kind of a failure and where it arose; its message may hold what was sent and stays out. */
function logFailure(log: FastifyBaseLogger, thrown: unknown): void {
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  const at =
    thrown instanceof Error
      ? (thrown.stack ?? "")
          .split("\n")
          .filter((line) => /^\s+at /.test(line))
          .slice(0, 8)
      : [];
  log.error({ event: "admin_failed", name, at });
}
