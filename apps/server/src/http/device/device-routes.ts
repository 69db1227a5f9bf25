import { limits } from "@countersign/protocol";
import {
  challengeAnswerSchema,
  challengeRequestSchema,
  enrolRequestSchema,
  manifestEnvelopeSchema,
  problemSchema,
  sessionRequestSchema,
  signedAnswerSchema,
} from "@countersign/protocol/schemas";
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { DeviceDeps } from "../../domain/device/device-deps.ts";
import { enrolInstance } from "../../domain/device/enrol-instance.ts";
import { issueChallenge } from "../../domain/device/issue-challenge.ts";
import { openSession } from "../../domain/device/open-session.ts";
import { type DeviceCall, type DeviceProblem, problem } from "../../domain/device/outcome.ts";
import { addressOf } from "../network.ts";
import { jsonResponse } from "../openapi.ts";
import { sendProblem } from "../problem.ts";
import { allowAnyOrigin } from "./cross-origin.ts";
import { jwksRoutes } from "./jwks-routes.ts";
import { sendManifest } from "./manifest-route.ts";

export interface DeviceRoutesOptions {
  readonly deps: DeviceDeps;
  readonly networkOf: (address: string) => string;
}

interface Post {
  readonly url: string;
  readonly id: string;
  readonly summary: string;
  readonly bodyLimit: number;
  readonly body: z.ZodType;
  readonly answer: z.ZodType;
  /** What the answer is. */
  readonly answers: string;
  /** Gives the JSON to send, or a problem. */
  readonly run: (
    deps: DeviceDeps,
    call: DeviceCall,
  ) => Promise<{ readonly ok: true; readonly json: unknown } | DeviceProblem>;
}

const posts: readonly Post[] = [
  {
    url: "/v1/challenges",
    id: "issueChallenge",
    summary: "An open challenge for a project.",
    bodyLimit: limits.challengeBodyBytes,
    body: challengeRequestSchema,
    answer: challengeAnswerSchema,
    answers: "An open challenge",
    run: async (deps, call) => {
      const outcome = await issueChallenge(deps, call);
      return outcome.ok ? { ok: true, json: outcome.issued } : outcome;
    },
  },
  {
    url: "/v1/instances",
    id: "enrolInstance",
    summary: "Enrols an instance by evidence of its key, and opens its first session.",
    bodyLimit: limits.enrolBodyBytes,
    body: enrolRequestSchema,
    answer: signedAnswerSchema,
    answers: "A signed answer: session, refused or enrol",
    run: async (deps, call) => {
      const outcome = await enrolInstance(deps, call);
      return outcome.ok ? { ok: true, json: outcome.answer } : outcome;
    },
  },
  {
    url: "/v1/sessions",
    id: "openSession",
    summary: "Opens the next session of an enrolled instance.",
    bodyLimit: limits.sessionBodyBytes,
    body: sessionRequestSchema,
    answer: signedAnswerSchema,
    answers: "A signed answer: session, refused or enrol",
    run: async (deps, call) => {
      const outcome = await openSession(deps, call);
      return outcome.ok ? { ok: true, json: outcome.answer } : outcome;
    },
  },
];

/**
 * The device API. Bodies arrive as raw bytes within the route's limit and go to the protocol's strict parsers; the schemas here describe
 * them for OpenAPI and validate nothing.
 */
export function deviceRoutes({ deps, networkOf }: DeviceRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (value) => JSON.stringify(value));
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    allowAnyOrigin(
      app,
      posts.map(({ url }) => ({ url, method: "POST", headers: "content-type" })),
    );
    const gate = createGate(deps.budgets.concurrentRequests);
    for (const post of posts) mount(app, post, deps, networkOf, gate);
    app.get(
      "/v1/manifest/:project/:app",
      {
        schema: {
          operationId: "getManifest",
          tags: ["device"],
          summary: "The signed manifest of an app. Cacheable, with ETag.",
          params: z.object({ project: z.string(), app: z.string() }),
          response: {
            200: jsonResponse("The envelope as it is signed now", manifestEnvelopeSchema),
            304: z.null().describe("The envelope has not changed"),
            default: problemResponse,
          },
        },
      },
      (request, reply) => sendManifest(deps, request, reply),
    );
    jwksRoutes(app, deps);
  };
}

const problemResponse = jsonResponse("A problem of the closed table", problemSchema, "application/problem+json");

function mount(
  app: FastifyInstance,
  post: Post,
  deps: DeviceDeps,
  networkOf: (address: string) => string,
  gate: Gate,
): void {
  const { url, id, summary, bodyLimit, body, answer, answers, run } = post;
  app.post(
    url,
    {
      bodyLimit,
      schema: {
        operationId: id,
        tags: ["device"],
        summary,
        body,
        response: { 200: jsonResponse(answers, answer), default: problemResponse },
      },
    },
    async (request, reply) => {
      if (!(request.body instanceof Uint8Array)) return sendProblem(reply, "unsupported_media_type");
      const call = {
        body: request.body,
        network: networkOf(request.ip),
        address: addressOf(request.ip),
        origin: originOf(request),
      };
      const outcome = await gate(() => run(deps, call));
      return outcome.ok ? sendJson(reply, outcome.json) : refuse(request, reply, outcome);
    },
  );
}

function sendJson(reply: FastifyReply, json: unknown): FastifyReply {
  return reply.code(200).header("cache-control", "no-store").type("application/json").send(json);
}

function refuse(request: FastifyRequest, reply: FastifyReply, refused: DeviceProblem): FastifyReply {
  const { code, detail, challenge, retryAfterSeconds } = refused;
  request.log.debug({ event: "problem", code, detail }, "problem");
  return sendProblem(reply, code, {
    ...(challenge === undefined ? {} : { challenge }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

function originOf(request: FastifyRequest): string | null {
  const { origin } = request.headers;
  return typeof origin === "string" && origin.length <= 256 ? origin : null;
}

type Gate = <T>(work: () => Promise<T>) => Promise<T | DeviceProblem>;

/** At most so many calls in work at once on this node; beyond it the answer is at once `unavailable`. */
function createGate(limit: number): Gate {
  let inWork = 0;
  return async (work) => {
    if (inWork >= limit) return problem("unavailable", "too many requests in work", { retryAfterSeconds: 1 });
    inWork += 1;
    try {
      return await work();
    } finally {
      inWork -= 1;
    }
  };
}
