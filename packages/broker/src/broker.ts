import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { ProblemCode } from "@countersign/protocol";
import { createAdmission, createProgress, type GenuineCall, type Progress } from "./admit-call.ts";
import { answerDecoy } from "./answer-decoy.ts";
import { callUpstream } from "./call-upstream.ts";
import { createPathProofs } from "./path-proofs.ts";
import { type BrokerLimits, type BrokerPorts, type BrokerRequest, defaultLimits } from "./ports.ts";
import { answerProblem } from "./problem-answer.ts";
import { relayAnswer } from "./relay-answer.ts";
import type { Resolve } from "./resolve-peer.ts";

/** The secret-injecting reverse proxy (protocol section 12). */
export interface Broker {
  /** Answers one request; resolves when nothing more will be written. Never rejects. */
  handle(request: BrokerRequest, response: ServerResponse): Promise<void>;
}

export interface BrokerOptions {
  readonly limits?: Partial<BrokerLimits>;
  /** Name resolution. Default: the system's. */
  readonly resolve?: Resolve;
  /** How a decoy waits about as long as its API takes. Default: half to one and a half times as long. */
  readonly pause?: (aboutMs: number, abort: AbortSignal) => Promise<void>;
}

async function pauseAbout(aboutMs: number, abort: AbortSignal): Promise<void> {
  await wait(aboutMs * (0.5 + Math.random()), undefined, { signal: abort, ref: false }).catch(() => {});
}

/** A part of the host that cannot serve now, as against a failure nobody foresaw. */
function isAway(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return code === "ledger_full" || code === "database_unreachable";
}

/** Creates a broker over its ports. What is sent, and for whom, is `createAdmission`'s to judge. */
export function createBroker(ports: BrokerPorts, options: BrokerOptions = {}): Broker {
  const limits: BrokerLimits = { ...defaultLimits, ...options.limits };
  const admission = createAdmission(ports, { limits, resolve: options.resolve });
  const proofs = createPathProofs(ports.nowMs);

  async function serve(
    request: BrokerRequest,
    response: ServerResponse,
    abort: AbortSignal,
    progress: Progress,
  ): Promise<ProblemCode | null> {
    const call = await admission.admit(request, progress);
    if (!call.ok) return call.code;
    try {
      if (call.kind === "genuine") return await forward(call, request, response, abort, progress);
      const pause = (aboutMs: number): Promise<void> => (options.pause ?? pauseAbout)(aboutMs, abort);
      return await answerDecoy({ ...call, api: call.api.api, pause }, response);
    } finally {
      call.leave();
    }
  }

  async function forward(
    { api, peer, channel, plan, filled }: GenuineCall,
    request: BrokerRequest,
    response: ServerResponse,
    abort: AbortSignal,
    progress: Progress,
  ): Promise<ProblemCode | null> {
    const { url, values } = filled;
    const answer = await callUpstream({
      method: request.method,
      host: api.host,
      port: api.port,
      target: url.slice(url.indexOf("/", "https://".length)),
      headers: [...filled.headers, ["accept-encoding", "identity"]],
      body: filled.body,
      peer,
      channel,
      proofs,
      limits,
      abort,
    });
    if (!answer.ok) return answer.code;
    const prefix = `/b/${request.project}/${request.api}`;
    return relayAnswer(answer.response, { values, url: plan.url, prefix, limits }, response, progress);
  }

  return {
    async handle(request, response) {
      const abort = new AbortController();
      const progress = createProgress();
      response.once("close", () => abort.abort());
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        abort.abort();
        request.body.destroy();
      }, limits.totalMs);
      let code: ProblemCode | null;
      try {
        code = await serve(request, response, abort.signal, progress);
      } catch (error) {
        code = isAway(error) ? "unavailable" : "internal";
      } finally {
        clearTimeout(timer);
      }
      if (isLate && code === "upstream_unavailable") code = "upstream_timeout";
      if (code !== null) answerProblem(response, code);
      ports.log({
        event: code !== null ? "broker_refused" : progress.decoy ? "brokered_decoy" : "brokered",
        project: request.project,
        api: progress.api,
        instance: progress.instance,
        method: request.method,
        code,
        upstreamStatus: progress.upstreamStatus,
        secrets: progress.secrets,
      });
    },
  };
}
