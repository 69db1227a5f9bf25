import { problemSchema } from "@countersign/protocol/schemas";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { DeviceProblem } from "../../domain/device/outcome.ts";
import { authenticateVerifier } from "../../domain/verifier/authenticate-verifier.ts";
import { type Decision, type DecisionDeps, decideRequest } from "../../domain/verifier/decide-request.ts";
import { jsonResponse } from "../openapi.ts";
import { problemOf, sendProblem } from "../problem.ts";
import { type AskedForm, toAskedRequest } from "./asked-forms.ts";
import { decisionForms, methodsOf } from "./decision-forms.ts";

export interface DecisionRoutesOptions {
  readonly deps: DecisionDeps;
  readonly networkOf: (address: string) => string;
}

/** Where a proxy puts its credential: `Authorization` is the client's, who may need it for a token or its binding. */
const credentialHeader = "countersign-verifier";
const reasonHeader = "countersign-reason";

/**
 * Whether a request may pass, for proxies that ask before they hand it on. Every way that asks is a path of its own: how a proxy tells of the request
 * is said by the operator's configuration, never found out from headers, which a client could have sent (docs/decisions/0901). Whatever
 * fails is an answer that no proxy takes for a yes.
 */
export function decisionRoutes({ deps, networkOf }: DecisionRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (value) => JSON.stringify(value));
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, done) => done(null, undefined));
    app.setErrorHandler((error, request, reply) => {
      const code = problemOf(error);
      if (code === "internal") {
        const name = error instanceof Error ? error.name : typeof error;
        request.log.error({ event: "decision_failed", name }, "decision failed");
      }
      return sendProblem(reply, code === "internal" ? "unavailable" : code);
    });

    const decide = async (
      request: FastifyRequest,
      reply: FastifyReply,
      form: AskedForm,
      mode: "enforce" | "monitor",
    ): Promise<FastifyReply> => {
      const header = request.headers[credentialHeader];
      const credential = typeof header === "string" ? header : null;
      const authenticated = await authenticateVerifier(deps, credential, networkOf(request.ip));
      if (!authenticated.ok) return refuse(request, reply, authenticated);
      const { api, asked } = toAskedRequest(request, form);
      const decision = await decideRequest(deps, authenticated.verifier, { api, asked });
      return decision.ok ? answer(reply, decision, mode) : refuse(request, reply, decision);
    };

    for (const { url, form, mode } of decisionForms) {
      for (const method of methodsOf(form)) {
        // As at the broker: what a proxy hands on there is whatever its client sent, which no document describes.
        const hidden = form === "Path";
        app.route({
          method,
          url,
          exposeHeadRoute: false,
          schema: hidden
            ? { hide: true }
            : {
                operationId: `decide${mode === "monitor" ? "Monitored" : ""}${form}${method}`,
                tags: ["verifiers"],
                summary: summaryOf(form, mode),
                security: [{ verifierHeader: [] }],
                params: z.object({ api: z.string() }),
                response: {
                  200: z
                    .null()
                    .describe(
                      "The request may pass; where it is genuine, with the headers that the credential is given",
                    ),
                  ...(mode === "monitor"
                    ? {}
                    : {
                        401: z.null().describe("No genuine token; `Countersign-Reason` says why"),
                        403: z.null().describe("A token of an instance that is banned or quarantined"),
                      }),
                  default: jsonResponse("A problem of the closed table", problemSchema, "application/problem+json"),
                },
              },
          handler: (request, reply) => decide(request, reply, form, mode),
        });
      }
    }
  };
}

function answer(
  reply: FastifyReply,
  { reason, injections, token }: Decision,
  mode: "enforce" | "monitor",
): FastifyReply {
  reply.header("cache-control", "no-store");
  if (reason === null) {
    for (const { header, value } of injections) reply.header(header, value);
    return reply.code(200).send();
  }
  // Proxies hand their client what they were answered: a decoy must not learn that it is one.
  reply.header(reasonHeader, reason === "decoy" ? "signature_invalid" : reason);
  if (mode === "monitor") return reply.code(200).send();
  if (reason === "token_banned") return reply.code(403).send();
  return reply
    .code(401)
    .header("www-authenticate", token.proof === "dpop" ? 'DPoP algs="ES256"' : "Bearer")
    .send();
}

function refuse(request: FastifyRequest, reply: FastifyReply, refused: DeviceProblem): FastifyReply {
  const { code, detail, retryAfterSeconds } = refused;
  request.log.debug({ event: "problem", code, detail }, "problem");
  reply.header(reasonHeader, code);
  return sendProblem(reply, code, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
}

const ways: Readonly<Record<AskedForm, string>> = {
  Original: "told in X-Original-Method and X-Original-URI",
  Forwarded: "told in X-Forwarded-Method and X-Forwarded-Uri",
  Path: "told by the method and the rest of the path of the question",
};

function summaryOf(form: AskedForm, mode: "enforce" | "monitor"): string {
  return mode === "enforce"
    ? `Decides whether a request may pass that is ${ways[form]}.`
    : `Counts a request that is ${ways[form]}, and lets it pass.`;
}
