import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { ManifestApi, ProblemCode } from "@countersign/protocol";
import { answerDecoy } from "./answer-decoy.ts";
import { type CallGate, createCallGate } from "./call-gate.ts";
import { callUpstream } from "./call-upstream.ts";
import { checkAgain, checkCaller, isBodyCovered, type KnownCaller } from "./check-caller.ts";
import { drawBudgets } from "./draw-budgets.ts";
import { injectSecrets, planInjection } from "./inject.ts";
import { createMask } from "./mask.ts";
import { createPathProofs } from "./path-proofs.ts";
import { type BrokerLimits, type BrokerPorts, type BrokerRequest, defaultLimits } from "./ports.ts";
import { answerProblem } from "./problem-answer.ts";
import { readBody } from "./read-body.ts";
import { relayBody } from "./relay-body.ts";
import { type Resolve, resolvePeer } from "./resolve-peer.ts";
import { rewriteLocation } from "./rewrite-location.ts";
import { responseHeaders } from "./strip-headers.ts";
import { isWholeAndPlain } from "./whole-answer.ts";

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

/** What is known of a request so far, for the log. */
interface Progress {
  api: string | null;
  instance: string | null;
  secrets: readonly string[];
  upstreamStatus: number | null;
  decoy: boolean;
}

const upstreamUrl = (api: ManifestApi, rest: string): string =>
  `https://${api.host}${api.port === 443 ? "" : `:${api.port}`}${rest}`;

const toPem = (der: string): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der, "base64url")
    .toString("base64")
    .replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;

async function pauseAbout(aboutMs: number, abort: AbortSignal): Promise<void> {
  await wait(aboutMs * (0.5 + Math.random()), undefined, { signal: abort, ref: false }).catch(() => {});
}

/** A part of the host that cannot serve now, as against a failure nobody foresaw. */
function isAway(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return code === "ledger_full" || code === "database_unreachable";
}

/**
 * Creates a broker over its ports. The order of checks is the argument: who asks (pass, MAC, quota, nonce, bans), what for (API, path, place), where it
 * would go (address of the peer), and once more whether the caller still may; only then is a secret revealed, and only the secrets this one request has places for.
 */
export function createBroker(ports: BrokerPorts, options: BrokerOptions = {}): Broker {
  const limits: BrokerLimits = { ...defaultLimits, ...options.limits };
  const createGate = (): CallGate =>
    createCallGate({ calls: limits.concurrentCalls, perInstance: limits.concurrentCallsPerInstance });
  // Anybody can become a decoy, as many as they like: what decoys hold is never a genuine caller's.
  const gates = { genuine: createGate(), decoys: createGate() };

  const proofs = createPathProofs(ports.nowMs);

  async function serve(
    request: BrokerRequest,
    response: ServerResponse,
    abort: AbortSignal,
    progress: Progress,
  ): Promise<ProblemCode | null> {
    const caller = await checkCaller(ports, request, limits.callsPerInstancePerMinute);
    if (!caller.ok) return caller.code;
    progress.instance = caller.pass.instance;
    const gate = caller.decoys === null ? gates.genuine : gates.decoys;
    const entered = gate.enter(`${request.project}:${caller.pass.instance}`);
    if (!entered.ok) return entered.code;
    try {
      return await serveCaller(caller, request, response, abort, progress);
    } finally {
      entered.leave();
    }
  }

  async function serveCaller(
    caller: KnownCaller,
    request: BrokerRequest,
    response: ServerResponse,
    abort: AbortSignal,
    progress: Progress,
  ): Promise<ProblemCode | null> {
    const body = await readBody(request.body, limits.requestBytes, limits.idleMs);
    if (!body.ok) return body.code;
    if (!isBodyCovered(body.bytes, caller.digest)) return "signature_invalid";
    const project = await ports.project(request.project);
    const api = project?.manifest.apis.find((one) => one.api === request.api);
    if (project === null || api === undefined || api.channel === "unknown") return "not_found";
    progress.api = api.api;

    const plan = planInjection({
      request,
      url: upstreamUrl(api, request.rest),
      api: api.api,
      body: body.bytes,
      manifest: project.manifest,
      pass: caller.pass,
    });
    if (!plan.ok) return plan.code;
    const peer = await resolvePeer(api.host, ports.allowPrivate(request.project), options.resolve);
    if (!peer.ok) return peer.code;
    const drawn = {
      project: request.project,
      secrets: plan.secrets,
      instance: caller.pass.instance,
      decoy: caller.decoys !== null,
    };
    if (!(await drawBudgets(ports, drawn))) return "slow_down";

    const standing = checkAgain(ports, request.project, caller);
    if (!standing.ok) return standing.code;
    const { decoys } = standing;
    progress.decoy = decoys !== null;
    if (decoys !== null) {
      progress.secrets = plan.secrets;
      const pause = (aboutMs: number): Promise<void> => (options.pause ?? pauseAbout)(aboutMs, abort);
      return await answerDecoy({ plan, api: api.api, decoys, pause }, response);
    }
    const filled = await injectSecrets(ports, request.project, plan);
    if (!filled.ok) return filled.code;
    progress.secrets = plan.secrets;
    const { url } = filled;
    const answer = await callUpstream({
      method: request.method,
      host: api.host,
      port: api.port,
      target: url.slice(url.indexOf("/", "https://".length)),
      headers: [...filled.headers, ["accept-encoding", "identity"]],
      body: filled.body,
      peer: peer.peer,
      channel: {
        channel: api.channel,
        pins: api.pins,
        roots: project.manifest.roots.map(toPem),
        furtherCas: ports.upstreamCas(),
      },
      proofs,
      limits,
      abort,
    });
    if (!answer.ok) return answer.code;
    const upstream = answer.response;
    progress.upstreamStatus = upstream.statusCode ?? 0;
    if (!isWholeAndPlain(upstream)) {
      upstream.destroy();
      return "upstream_refused";
    }

    const mask = createMask(filled.values);
    const holdsValue = (text: string): boolean => mask.text(text) !== text;
    const headers = responseHeaders(upstream.headers)
      .filter(([name]) => !mask.standsIn(name))
      .map(([name, value]): [string, string] => [name, mask.text(value)]);
    const { location } = upstream.headers;
    if (location !== undefined) {
      const at = { upstream: new URL(plan.url), prefix: `/b/${request.project}/${request.api}` };
      const rewritten = rewriteLocation(location, at, holdsValue);
      if (rewritten !== null) headers.push(["location", rewritten]);
    }
    response.writeHead(upstream.statusCode ?? 502, mask.text(upstream.statusMessage ?? ""), headers.flat());
    response.flushHeaders();
    const relaying = { mask, limit: limits.responseBytes, idleMs: limits.idleMs };
    if (await relayBody(upstream, response, relaying)) response.end();
    else response.destroy();
    return null;
  }

  return {
    async handle(request, response) {
      const abort = new AbortController();
      const progress: Progress = { api: null, instance: null, secrets: [], upstreamStatus: null, decoy: false };
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
