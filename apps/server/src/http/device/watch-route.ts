import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { Changes } from "../../domain/changes/changes.ts";
import { checkWatch, type WatchDeps } from "../../domain/device/check-watch.ts";
import { jsonResponse } from "../openapi.ts";
import { sendProblem } from "../problem.ts";
import { allowAnyOrigin } from "./cross-origin.ts";

const heartbeatMs = 25_000;
/** A stream that nobody reads is ended once this much waits to be sent. */
const unreadBytes = 16 * 1024;

export interface WatchRouteOptions {
  readonly deps: WatchDeps;
  readonly changes: Changes;
}

/**
 * `GET /v1/watch?project=…`: server-sent events, `data: <generation>`, first the current one. Content-free and unsigned: it makes an
 * agent refresh, no more. One stream per instance; over the node's budget 503, and refreshes carry on alone.
 */
export function watchRoute({ deps, changes }: WatchRouteOptions): FastifyPluginAsync {
  return async (app) => {
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (value) => JSON.stringify(value));
    allowAnyOrigin(app, [{ url: "/v1/watch", method: "GET", headers: "countersign-pass, signature-input, signature" }]);
    app.get(
      "/v1/watch",
      {
        schema: {
          operationId: "watch",
          tags: ["device"],
          summary: "Server-sent generation numbers; a new one means: refresh.",
          querystring: z.object({ project: z.string() }),
          headers: z.object({
            "countersign-pass": z.string(),
            "signature-input": z.string(),
            signature: z.string(),
          }),
          response: { 200: jsonResponse("`data: <generation>`", z.string(), "text/event-stream") },
        },
      },
      async (request, reply) => {
        const rawTarget = request.raw.url ?? "";
        const project = new URLSearchParams(rawTarget.split("?")[1] ?? "").get("project") ?? "";
        const checked = await checkWatch(deps, {
          project,
          rawTarget,
          pass: onlyHeader(request.raw, "countersign-pass"),
          signatureInput: onlyHeader(request.raw, "signature-input"),
          signature: onlyHeader(request.raw, "signature"),
        });
        if (!checked.ok) return sendProblem(reply, checked.code);
        const { decoy, pass } = checked;
        if (reply.raw.destroyed) return reply;
        const stream = createStream(reply.raw);
        const stop = changes.watch({
          project,
          instance: pass.instance,
          decoy,
          onGeneration: stream.send,
          onReplaced: stream.end,
        });
        if (stop === null) return sendProblem(reply, "unavailable", { retryAfterSeconds: 60 });
        reply.hijack();
        stream.open(stop);
        stream.send(changes.generation(project));
        return reply;
      },
    );
  };
}

interface EventStream {
  open(onClose: () => void): void;
  readonly send: (generation: number) => void;
  readonly end: () => void;
}

function createStream(response: ServerResponse): EventStream {
  const write = (text: string): void => {
    if (response.writableEnded || response.destroyed) return;
    response.write(text);
    if (response.writableLength > unreadBytes) response.destroy();
  };
  return {
    open(onClose) {
      response.writeHead(200, {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
        "access-control-allow-origin": "*",
      });
      const heartbeat = setInterval(() => write(":\n\n"), heartbeatMs);
      heartbeat.unref();
      response.on("close", () => {
        clearInterval(heartbeat);
        onClose();
      });
    },
    send: (generation) => write(`data: ${generation}\n\n`),
    end: () => {
      if (!response.writableEnded) response.end();
    },
  };
}

/** The value of a header that was sent exactly once. */
function onlyHeader(request: IncomingMessage, name: string): string | null {
  const values = request.headersDistinct[name];
  return values?.length === 1 ? (values[0] ?? null) : null;
}
