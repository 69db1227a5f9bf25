import type { ServerResponse } from "node:http";
import { problemSchema } from "@countersign/protocol/schemas";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type BrokerAnswers, mostLinkRequest } from "../../domain/brokers/answer-broker.ts";
import { type AuthenticatedBroker, authenticateBroker } from "../../domain/brokers/authenticate-broker.ts";
import type { BrokerDeps } from "../../domain/brokers/broker-deps.ts";
import type { BrokerStreams } from "../../domain/brokers/broker-streams.ts";
import { type LinkCall, linkPath, linkRequestShape } from "../../domain/brokers/link-exchange.ts";
import { type DeviceProblem, problem } from "../../domain/device/outcome.ts";
import { describeError } from "../../log/create-log.ts";
import { jsonResponse } from "../openapi.ts";
import { problemOf, sendProblem } from "../problem.ts";

const heartbeatMs = 10_000;

export interface BrokerLinkOptions {
  readonly deps: Pick<BrokerDeps, "store" | "ledger" | "clock">;
  readonly answers: BrokerAnswers;
  readonly streams: BrokerStreams;
  readonly networkOf: (address: string) => string;
}

const calls: readonly (readonly [LinkCall, string, string])[] = [
  ["state", "brokerState", "What a broker that stands alone needs to know, where it changed."],
  ["draw", "brokerDraw", "Draws on the budget of a brokered secret."],
  ["mint", "brokerMint", "A value of a brokered secret that is minted for each instance."],
  ["alarms", "brokerAlarms", "Decoys that were seen in brokered calls."],
];

const requestSchema = z.object(linkRequestShape).meta({ id: "BrokerLinkRequest" });
const answerSchema = z
  .object({
    v: z.literal(1),
    keys: z.object({ signed: z.string(), point: z.string(), signature: z.string() }),
    kid: z.string(),
    signed: z.string(),
    signature: z.string(),
    sealed: z.string().describe("Sealed to the key of the request."),
  })
  .meta({ id: "BrokerLinkAnswer" });

/**
 * What brokers that stand alone ask of the service, each request signed, which is checked before any byte of a body is read. Whatever fails inside is
 * `unavailable`.
 */
export function brokerLinkRoutes({ deps, answers, streams, networkOf }: BrokerLinkOptions): FastifyPluginAsync {
  return async (app) => {
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (value) => JSON.stringify(value));
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    app.setErrorHandler((error, request, reply) => {
      const code = problemOf(error);
      if (code === "internal")
        request.log.error({ event: "broker_link_failed", ...describeError(error) }, "broker link failed");
      return sendProblem(reply, code === "internal" ? "unavailable" : code);
    });
    const brokers = new WeakMap<FastifyRequest, AuthenticatedBroker & { ok: true }>();
    app.addHook("onRequest", async (request, reply) => {
      const { method = "", url: path = "", headersDistinct } = request.raw;
      const [header = null, ...more] = headersDistinct["countersign-broker"] ?? [];
      const single = more.length === 0 ? header : null;
      const authenticated = await authenticateBroker(deps, single, { method, path }, networkOf(request.ip));
      if (!authenticated.ok) return refuse(request, reply, authenticated);
      brokers.set(request, authenticated);
      return undefined;
    });
    const askedBy = (request: FastifyRequest): AuthenticatedBroker & { ok: true } => {
      const asked = brokers.get(request);
      if (asked === undefined) throw new TypeError("a route of brokers runs after the signature was checked");
      return asked;
    };
    for (const [call, operationId, summary] of calls) {
      app.post(
        linkPath(call),
        {
          bodyLimit: mostLinkRequest,
          schema: {
            operationId,
            tags: ["brokers"],
            summary,
            security: [{ broker: [] }],
            body: requestSchema,
            response: { 200: jsonResponse("Sealed and signed", answerSchema), default: problemResponse },
          },
        },
        async (request, reply) => {
          const { body } = request;
          if (!(body instanceof Uint8Array))
            return refuse(request, reply, problem("unsupported_media_type", "no body of application/json"));
          const { broker, isBody } = askedBy(request);
          if (!isBody(body)) return refuse(request, reply, problem("signature_invalid", "another body was signed"));
          const answered = await answers.answer(call, broker, body);
          if (!answered.ok) return refuse(request, reply, answered);
          return reply.code(200).header("cache-control", "no-store").type("application/json").send(answered.answer);
        },
      );
    }
    app.get(
      "/v1/broker-link/changes",
      {
        schema: {
          operationId: "brokerChanges",
          tags: ["brokers"],
          summary: "Server-sent events, each of which says that the state may have changed.",
          security: [{ broker: [] }],
          response: { 200: jsonResponse("`data: change`", z.string(), "text/event-stream"), default: problemResponse },
        },
      },
      async (request, reply) => {
        if (reply.raw.destroyed) return reply;
        const stream = createStream(reply.raw);
        const stop = streams.listen(askedBy(request).broker, { onChange: stream.send, onEnd: stream.end });
        if (stop === null) return sendProblem(reply, "slow_down", { retryAfterSeconds: 60 });
        reply.hijack();
        stream.open(stop);
        return reply;
      },
    );
  };
}

const problemResponse = jsonResponse("A problem of the closed table", problemSchema, "application/problem+json");

function refuse(request: FastifyRequest, reply: FastifyReply, refused: DeviceProblem): FastifyReply {
  const { code, detail, retryAfterSeconds } = refused;
  request.log.debug({ event: "problem", code, detail }, "problem");
  return sendProblem(reply, code, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
}

/** A stream of events without content. One that nobody reads is ended. */
function createStream(response: ServerResponse) {
  const write = (text: string): void => {
    if (response.writableEnded || response.destroyed) return;
    response.write(text);
    if (response.writableLength > 16 * 1024) response.destroy();
  };
  return {
    open(onClose: () => void): void {
      response.writeHead(200, {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      write("data: change\n\n");
      const heartbeat = setInterval(() => write(":\n\n"), heartbeatMs);
      heartbeat.unref();
      response.on("close", () => {
        clearInterval(heartbeat);
        onClose();
      });
    },
    send: () => write("data: change\n\n"),
    end: () => {
      if (!response.writableEnded) response.end();
    },
  };
}
