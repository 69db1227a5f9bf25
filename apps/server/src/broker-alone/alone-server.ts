import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Broker } from "@countersign/broker";
import { isId, type ProblemCode, toProblem } from "@countersign/protocol";
import { allowAnyOrigin } from "../http/broker-cross-origin.ts";
import { isBrokeredOpening, takeUpgrades } from "../http/broker-upgrade.ts";
import { LinkLostError } from "./link-lost-error.ts";

export interface AloneServerOptions {
  readonly broker: Pick<Broker, "handle" | "handleLink" | "upgrade">;
  /** The one project that is served. */
  readonly project: string;
  /** Whether what the service said still counts. */
  readonly isReady: () => boolean;
  /** PEM texts. Null: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** The longest that a request may take to come. */
  readonly requestMs: number;
}

const brokered = /^\/b\/([^/?]+)\/([^/?]+)(\/.*)$/;
const linked = /^\/l\/([^/?]+)\/([^/?]+)\/([^/?]+)(\/.*)$/;
const mostConnections = 10_000;

/** The server of a broker that stands alone: `/b/…` and `/l/…` of its project, `/healthz`, `/readyz`, and nothing else. It listens on nothing yet. */
export function createAloneServer(options: AloneServerOptions): Server {
  const { broker, project } = options;
  const common = {
    requestTimeout: options.requestMs,
    headersTimeout: 15_000,
    keepAliveTimeout: 72_000,
    shouldUpgradeCallback: isBrokeredOpening,
  };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader("x-content-type-options", "nosniff");
    answer(request, response).catch(() => response.destroy());
  };
  const server =
    options.tls === null
      ? createServer(common, handle)
      : createTlsServer({ ...common, ...options.tls, minVersion: "TLSv1.2" }, handle);
  server.maxConnections = mostConnections;
  takeUpgrades(server, {
    broker,
    isProject: async (id) => {
      if (id === project && !options.isReady()) throw new LinkLostError();
      return id === project;
    },
    networkOf: null,
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: rawTarget = "", headers } = request;
    const isLook = method === "GET" || method === "HEAD";
    if (isLook && rawTarget === "/healthz") return sendStatus(response, "ok");
    if (isLook && rawTarget === "/readyz")
      return options.isReady() ? sendStatus(response, "ready") : sendProblem(response, "unavailable");
    const [, named, api = "", rest = ""] = brokered.exec(rawTarget) ?? [];
    if (named !== undefined) {
      if (allowAnyOrigin(request, response)) return;
      const refusal = refusalOf(named, api);
      if (refusal !== null) return sendProblem(response, refusal);
      return await broker.handle({ method, project, api, rest, rawTarget, headers, body: request }, response);
    }
    const [, of, linkedApi = "", token = "", target = ""] = linked.exec(rawTarget) ?? [];
    const refusal = of === undefined ? "not_found" : refusalOf(of, linkedApi);
    if (refusal !== null) return sendProblem(response, refusal);
    if (!isLook) response.setHeader("allow", "GET, HEAD");
    await broker.handleLink({ method, project, api: linkedApi, token, target, headers }, response);
  }

  function refusalOf(named: string, api: string): ProblemCode | null {
    if (named !== project || !isId(api)) return "not_found";
    return options.isReady() ? null : "unavailable";
  }

  return server;
}

function sendStatus(response: ServerResponse, status: string): void {
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify({ status }));
}

function sendProblem(response: ServerResponse, code: ProblemCode): void {
  const body = JSON.stringify(toProblem(code));
  response.writeHead(toProblem(code).status, {
    "content-type": "application/problem+json",
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    // What the caller still sends is not read.
    connection: "close",
  });
  response.end(body);
}
