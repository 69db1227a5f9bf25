import { parseStrictJson } from "@countersign/protocol";
import { problemSchema } from "@countersign/protocol/schemas";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type AlarmReportDeps, authenticateHook, reportAlarm } from "../../domain/alarms/report-alarm.ts";
import type { DeviceProblem } from "../../domain/device/outcome.ts";
import type { AlarmHook } from "../../domain/ports/index.ts";
import { bearerOf } from "../bearer.ts";
import { jsonResponse } from "../openapi.ts";
import { problemOf, sendProblem } from "../problem.ts";

export interface AlarmHookOptions {
  readonly deps: AlarmReportDeps;
  readonly networkOf: (address: string) => string;
}

const mostBodyBytes = 16 * 1024;

const taken = z.object({ ok: z.literal(true) }).meta({ id: "AlarmReportAnswer" });
const report = z
  .looseObject({
    decoy: z.string().optional().describe("The name of a decoy, where the hook is not made for one."),
    text: z.string().optional().describe("The first 256 characters are kept, without what could be a key."),
  })
  .describe("Any JSON of at most 16 KiB; another body is taken for none.")
  .meta({ id: "AlarmReport" });

/**
 * Where somebody outside says that a decoy was used: a cloud's alert, a scanner of repositories, a vendor who saw an unknown key. The token stands in the
 * path, for senders that have nothing but a URL, or in `Authorization: Bearer`; it is checked before any byte of a body is read. What is sent is never given back.
 */
export function alarmHookRoute({ deps, networkOf }: AlarmHookOptions): FastifyPluginAsync {
  return async (app) => {
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (value) => JSON.stringify(value));
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    app.setErrorHandler((error, request, reply) => {
      const code = problemOf(error);
      if (code === "internal") {
        const name = error instanceof Error ? error.name : typeof error;
        request.log.error({ event: "alarm_report_failed", name }, "alarm report failed");
      }
      return sendProblem(reply, code === "internal" ? "unavailable" : code);
    });
    const hooks = new WeakMap<FastifyRequest, AlarmHook>();
    app.addHook("onRequest", async (request, reply) => {
      const { project = "", token = bearerOf(request) ?? "" } = request.params as { project?: string; token?: string };
      const authenticated = await authenticateHook(deps, project, token, networkOf(request.ip));
      if (!authenticated.ok) return refuse(reply, authenticated);
      hooks.set(request, authenticated.hook);
      return undefined;
    });
    const take = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const hook = hooks.get(request);
      if (hook === undefined) throw new TypeError("a report is taken after its hook was authenticated");
      const userAgent = request.headers["user-agent"] ?? null;
      const outcome = await reportAlarm(deps, hook, {
        body: toJson(request.body),
        userAgent,
        network: networkOf(request.ip),
      });
      if (!outcome.ok) return refuse(reply, outcome);
      return reply.code(202).header("cache-control", "no-store").type("application/json").send({ ok: true });
    };

    for (const [url, id, security] of [
      ["/v1/alarms/:project", "reportAlarm", [{ alarmHook: [] }]],
      ["/v1/alarms/:project/:token", "reportAlarmByUrl", []],
    ] as const) {
      app.post(
        url,
        {
          bodyLimit: mostBodyBytes,
          schema: {
            operationId: id,
            tags: ["alarms"],
            summary: "Reports that a decoy was used.",
            security: [...security],
            params:
              id === "reportAlarm"
                ? z.object({ project: z.string() })
                : z.object({ project: z.string(), token: z.string() }),
            body: report,
            response: {
              202: jsonResponse("Taken", taken),
              default: jsonResponse("A problem of the closed table", problemSchema, "application/problem+json"),
            },
          },
        },
        take,
      );
    }
  };
}

function refuse(reply: FastifyReply, { code, retryAfterSeconds }: DeviceProblem): FastifyReply {
  return sendProblem(reply, code, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
}

/** What was sent, where it is JSON; else nothing: a report without a body that can be read is a report all the same. */
function toJson(body: unknown): unknown {
  if (!(body instanceof Uint8Array)) return null;
  const read = parseStrictJson(body, { maxBytes: mostBodyBytes });
  return read.ok ? read.value : null;
}
