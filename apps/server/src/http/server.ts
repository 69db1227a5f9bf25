import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import fastifySwagger from "@fastify/swagger";
import {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from "fastify";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import type { Log } from "../log/create-log.ts";
import { errorPages } from "./error-pages.ts";
import { withNamedSchemas } from "./openapi.ts";
import { problemOf, sendProblem } from "./problem.ts";

export interface HttpOptions {
  readonly log: Log;
  readonly version: string;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Addresses of proxies whose `X-Forwarded-For` counts. Default: none. */
  readonly trustProxy?: readonly string[];
  readonly isReady: () => Promise<boolean>;
  /** Which requests are an upgrade, for the server's `upgrade` listener; the others are requests as any. Default: none. */
  readonly shouldUpgrade?: (request: IncomingMessage) => boolean;
  readonly routes: readonly FastifyPluginAsync[];
  /** How long a body may take, but on routes with the config `ownBodyTime`, which see to it themselves. Default: 30 s. */
  readonly bodyMs?: number;
}

/** Builds the HTTP server with its routes. It listens on nothing yet. */
export async function createHttpServer(options: HttpOptions): Promise<FastifyInstance> {
  const common = {
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) => {
      sendProblem(reply, problemOf(error));
    },
    genReqId: createRequestIds(),
    requestIdHeader: false as const,
    trustProxy: options.trustProxy === undefined ? false : [...options.trustProxy],
    bodyLimit: 64 * 1024,
    // Of uploads; all other bodies have `bodyMs`.
    requestTimeout: 600_000,
    connectionTimeout: 120_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: "idle" as const,
    return503OnClosing: true,
    routerOptions: { maxParamLength: 128, caseSensitive: true, ignoreTrailingSlash: false },
  };
  const upgrading = { headersTimeout: 30_000, shouldUpgradeCallback: options.shouldUpgrade ?? (() => false) };
  const app = (options.tls === undefined
    ? fastify({ ...common, http: upgrading })
    : fastify({
        ...common,
        https: { ...upgrading, ...options.tls, minVersion: "TLSv1.2" },
      })) as unknown as FastifyInstance;

  app.setErrorHandler((error, request, reply) => {
    const code = problemOf(error);
    if (isAborted(error, request)) request.log.debug({ event: "aborted" }, "aborted");
    else if (code === "internal") request.log.error({ event: "failure", err: error }, "failure");
    return sendProblem(reply, code);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    const others = (["GET", "POST"] as const).filter((method) => app.hasRoute({ method, url: path }));
    if (others.length === 0) return sendProblem(reply, "not_found");
    return sendProblem(reply.header("allow", others.join(", ")), "method_not_allowed");
  });
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-content-type-options", "nosniff");
    const { config } = request.routeOptions;
    if (!("ownBodyTime" in config)) limitBodyTime(request.raw, options.bodyMs ?? 30_000);
  });
  // A caller that keeps its connection would otherwise hold the service up for as long as that may idle.
  let isClosing = false;
  app.addHook("preClose", async () => {
    isClosing = true;
  });
  app.addHook("onSend", async (_request, reply) => {
    if (isClosing) reply.header("connection", "close");
  });
  app.addHook("onResponse", async (request, reply) => {
    const { method } = request;
    const route = request.routeOptions.url ?? "none";
    const ms = Math.round(reply.elapsedTime);
    request.log.info({ event: "request", method, route, status: reply.statusCode, ms }, "request");
  });

  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Countersign service",
        version: options.version,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: {
        securitySchemes: {
          administrator: { type: "http", scheme: "bearer" },
          verifier: { type: "http", scheme: "bearer" },
          alarmHook: { type: "http", scheme: "bearer" },
          broker: { type: "apiKey", in: "header", name: "Countersign-Broker" },
          verifierHeader: { type: "apiKey", in: "header", name: "Countersign-Verifier" },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: withNamedSchemas,
  });
  for (const routes of options.routes) await app.register(routes);
  await app.register(errorPages);
  healthRoutes(app, options.isReady);
  await app.ready();
  return app;
}

/** Breaks a connection off whose request takes too long to come. */
function limitBodyTime(raw: IncomingMessage, bodyMs: number): void {
  if (raw.headers["content-length"] === undefined && raw.headers["transfer-encoding"] === undefined) return;
  const timer = setTimeout(() => raw.destroy(), bodyMs);
  const settle = (): void => clearTimeout(timer);
  raw.once("end", settle);
  raw.once("close", settle);
}

/** Random ids, made 256 at a time: the call that makes one takes longer than to make many. */
function createRequestIds(): () => string {
  const length = 9;
  let made = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at >= made.length) {
      made = randomBytes(length * 256);
      at = 0;
    }
    at += length;
    return made.toString("base64url", at - length, at);
  };
}

/** The caller went away while its body was on the way: no failure of the service. A body that was read is `destroyed` too, so that says nothing. */
function isAborted(error: unknown, { raw }: FastifyRequest): boolean {
  return (
    raw.socket.destroyed && !raw.complete && error instanceof Error && "code" in error && error.code === "ECONNRESET"
  );
}

function healthRoutes(app: FastifyInstance, isReady: () => Promise<boolean>): void {
  const hidden = { schema: { hide: true } };
  app.get("/healthz", hidden, async (_request, reply) =>
    reply.header("cache-control", "no-store").send({ status: "ok" }),
  );
  app.get("/readyz", hidden, async (_request, reply) => {
    if (!(await isReady())) return sendProblem(reply, "unavailable");
    return reply.header("cache-control", "no-store").send({ status: "ready" });
  });
  app.get("/openapi.json", hidden, async (_request, reply) =>
    reply.header("cache-control", "no-cache").send(app.swagger()),
  );
}
