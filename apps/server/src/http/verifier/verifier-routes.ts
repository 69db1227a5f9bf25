import { type ProblemCode, parseStrictJson } from "@countersign/protocol";
import { problemSchema } from "@countersign/protocol/schemas";
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { type DeviceProblem, problem } from "../../domain/device/outcome.ts";
import type { Verifier } from "../../domain/ports/index.ts";
import { authenticateVerifier } from "../../domain/verifier/authenticate-verifier.ts";
import { consumeForVerifier } from "../../domain/verifier/consume-for-verifier.ts";
import { decoysForVerifier } from "../../domain/verifier/decoys-for-verifier.ts";
import { reportTraffic } from "../../domain/verifier/report-traffic.ts";
import type { VerifierDeps } from "../../domain/verifier/verifier-deps.ts";
import { bearerOf } from "../bearer.ts";
import { jsonResponse } from "../openapi.ts";
import { problemOf, sendProblem } from "../problem.ts";
import {
  consumeAnswerSchema,
  consumeRequestSchema,
  decoyListSchema,
  mostBodyBytes,
  mostDepth,
  reportAnswerSchema,
  reportRequestSchema,
} from "./verifier-schemas.ts";

export interface VerifierRoutesOptions {
  readonly deps: VerifierDeps;
  readonly networkOf: (address: string) => string;
}

interface Post<Body extends z.ZodType> {
  readonly url: string;
  readonly id: string;
  readonly summary: string;
  readonly body: Body;
  readonly answer: z.ZodType;
  /** What the answer is. */
  readonly answers: string;
  readonly run: (
    verifier: Verifier,
    body: z.output<Body>,
  ) => Promise<{ readonly ok: true; readonly json: unknown } | DeviceProblem>;
}

/**
 * What backends ask of the service, with a verifier credential that is checked before any byte of a body is read. Whatever fails inside is
 * `unavailable`: a backend must never take a failure for a yes.
 */
export function verifierRoutes({ deps, networkOf }: VerifierRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (value) => JSON.stringify(value));
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    app.setErrorHandler((error, request, reply) => sendProblem(reply, failureOf(error, request)));
    const verifiers = new WeakMap<FastifyRequest, Verifier>();
    app.addHook("onRequest", async (request, reply) => {
      const authenticated = await authenticateVerifier(deps, bearerOf(request), networkOf(request.ip));
      if (!authenticated.ok) return refuse(request, reply, authenticated);
      verifiers.set(request, authenticated.verifier);
      return undefined;
    });
    const verifierOf = (request: FastifyRequest): Verifier => {
      const verifier = verifiers.get(request);
      if (verifier === undefined) throw new TypeError("a route of verifiers runs after the credential was checked");
      return verifier;
    };
    mount(app, verifierOf, {
      url: "/v1/tokens/consume",
      id: "consumeToken",
      summary: "Consumes a token that counts once.",
      body: consumeRequestSchema,
      answer: consumeAnswerSchema,
      answers: "Whether the token is good, and whether it was consumed before",
      run: (verifier, body) => consumeForVerifier(deps, verifier, body),
    });
    app.get(
      "/v1/decoys",
      {
        exposeHeadRoute: false,
        schema: {
          operationId: "listWatchedDecoys",
          tags: ["verifiers"],
          summary: "What a verifier looks for in requests: planted values, by hashes of this credential's own.",
          security: [{ verifier: [] }],
          response: { 200: jsonResponse("Lengths and hashes", decoyListSchema), default: problemResponse },
        },
      },
      async (request, reply) => {
        const outcome = await decoysForVerifier(deps, verifierOf(request));
        if (!outcome.ok) return refuse(request, reply, outcome);
        return reply.code(200).header("cache-control", "no-store").type("application/json").send(outcome.json);
      },
    );
    mount(app, verifierOf, {
      url: "/v1/reports",
      id: "reportTraffic",
      summary: "Counts how a backend's requests fell.",
      body: reportRequestSchema,
      answer: reportAnswerSchema,
      answers: "Whether the report was counted now",
      run: async (verifier, { reasons = {}, spotted = [], ...report }) => {
        const outcome = await reportTraffic(deps, verifier, { ...report, reasons, spotted });
        return outcome.ok ? { ok: true, json: outcome } : outcome;
      },
    });
  };
}

const problemResponse = jsonResponse("A problem of the closed table", problemSchema, "application/problem+json");

function mount<Body extends z.ZodType>(
  app: FastifyInstance,
  verifierOf: (request: FastifyRequest) => Verifier,
  { url, id, summary, body, answer, answers, run }: Post<Body>,
): void {
  app.post(
    url,
    {
      bodyLimit: mostBodyBytes,
      schema: {
        operationId: id,
        tags: ["verifiers"],
        summary,
        security: [{ verifier: [] }],
        body,
        response: { 200: jsonResponse(answers, answer), default: problemResponse },
      },
    },
    async (request, reply) => {
      const read = readBody(request.body, body);
      if (!read.ok) return refuse(request, reply, read);
      const outcome = await run(verifierOf(request), read.value);
      if (!outcome.ok) return refuse(request, reply, outcome);
      return reply.code(200).header("cache-control", "no-store").type("application/json").send(outcome.json);
    },
  );
}

function readBody<Body extends z.ZodType>(
  bytes: unknown,
  schema: Body,
): { readonly ok: true; readonly value: z.output<Body> } | DeviceProblem {
  if (!(bytes instanceof Uint8Array)) return problem("unsupported_media_type", "no body of application/json");
  const json = parseStrictJson(bytes, { maxBytes: mostBodyBytes, maxDepth: mostDepth });
  if (!json.ok) return problem(json.code, json.detail);
  const version = typeof json.value === "object" && json.value !== null && "v" in json.value ? json.value.v : null;
  if (typeof version === "number" && version !== 1) return problem("unsupported_version", "v is not 1");
  const read = schema.safeParse(json.value);
  // The first member of a path is one of the format; all else could repeat what was sent.
  if (!read.success) return problem("malformed", `body at /${String(read.error.issues[0]?.path[0] ?? "")}`);
  return { ok: true, value: read.data };
}

function refuse(request: FastifyRequest, reply: FastifyReply, refused: DeviceProblem): FastifyReply {
  const { code, detail, retryAfterSeconds } = refused;
  request.log.debug({ event: "problem", code, detail }, "problem");
  if (code === "verifier_unauthorized") reply.header("www-authenticate", "Bearer");
  return sendProblem(reply, code, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
}

/** The framework's refusals by their code; any failure is `unavailable`. Its kind is logged, its message, which may hold what was sent, is not. */
function failureOf(error: unknown, request: FastifyRequest): ProblemCode {
  const code = problemOf(error);
  if (code !== "internal") return code;
  const name = error instanceof Error ? error.name : typeof error;
  request.log.error({ event: "verifier_failed", name, at: framesOf(error) }, "verifier failed");
  return "unavailable";
}

function framesOf(error: unknown): readonly string[] {
  const lines = error instanceof Error ? (error.stack ?? "").split("\n") : [];
  return lines.filter((line) => /^\s+at /.test(line)).slice(0, 8);
}
