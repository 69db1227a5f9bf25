import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { ProblemCode } from "@countersign/protocol";
import { createAdmission, createProgress, type GenuineCall, type Progress } from "./admit-call.ts";
import { answerDecoy } from "./answer-decoy.ts";
import { callUpstream } from "./call-upstream.ts";
import { createConnectionPools } from "./connection-pool.ts";
import { keepAnswers } from "./kept-answers.ts";
import type { LinkRequest } from "./links/admit-link.ts";
import { type AnswerLinks, linksOfCall } from "./links/answer-links.ts";
import { createLinkServer } from "./links/serve-link.ts";
import { createMaskBook } from "./mask-book.ts";
import { createPathProofs } from "./path-proofs.ts";
import { type BrokerEvent, type BrokerLimits, type BrokerPorts, type BrokerRequest, defaultLimits } from "./ports.ts";
import { answerProblem } from "./problem-answer.ts";
import { relayAnswer } from "./relay-answer.ts";
import { type Resolve, resolveBySystem } from "./resolve-peer.ts";
import { createSocketBroker, type UpgradeRequest } from "./websocket/serve-sockets.ts";

/** The secret-injecting reverse proxy (protocol section 12). */
export interface Broker {
  /** Answers one request; resolves when nothing more will be written. Never rejects. */
  handle(request: BrokerRequest, response: ServerResponse): Promise<void>;
  /** Answers one request for a link of an earlier answer, without any secret, and as `handle` otherwise. */
  handleLink(request: LinkRequest, response: ServerResponse): Promise<void>;
  /** Answers one request that opens a WebSocket; resolves when its handshake was answered. Never rejects. */
  upgrade(request: UpgradeRequest, socket: Duplex, head: Buffer): Promise<void>;
  /** Takes no more WebSockets and ends those there are with 1001; resolves when they are gone. */
  closeSockets(): Promise<void>;
  /** Ends kept connections to upstreams now, and those in use with what is under way on them. Nothing is sent any more. */
  close(): void;
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

const awayCodes: ReadonlySet<string> = new Set(["ledger_full", "database_unreachable", "link_lost"]);

/** `unavailable` of a part of the host that cannot serve now, as against a failure nobody foresaw. */
function codeOf(error: unknown): ProblemCode {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return typeof code === "string" && awayCodes.has(code) ? "unavailable" : "internal";
}

/** Creates a broker over its ports. What is sent, and for whom, is `createAdmission`'s to judge. */
export function createBroker(ports: BrokerPorts, options: BrokerOptions = {}): Broker {
  const limits: BrokerLimits = { ...defaultLimits, ...options.limits };
  const nowMs = (): number => performance.now();
  const resolve = keepAnswers(options.resolve ?? resolveBySystem, { nowMs, keptMs: limits.namesMs, names: 256 });
  const masks = createMaskBook({ nowMs, keptMs: 60_000, masks: 64 });
  const admission = createAdmission(ports, { limits, resolve });
  const proofs = createPathProofs(ports.nowMs);
  const pools = createConnectionPools(proofs, {
    pools: limits.keptUpstreams,
    connectionsPerPool: limits.connectionsPerUpstream,
    idleMs: limits.keptMs,
  });

  const pause = options.pause ?? pauseAbout;
  const sockets = createSocketBroker({ ports, admission, proofs, limits, pause, codeOf });

  const serveLink = createLinkServer(ports, {
    limits,
    resolve,
    pause,
    callUpstream: (call) => callUpstream(pools, call),
  });

  async function serve(
    request: BrokerRequest,
    response: ServerResponse,
    abort: AbortSignal,
    progress: Progress,
  ): Promise<ProblemCode | null> {
    const call = await admission.admit(request, progress);
    if (!call.ok) return call.code;
    try {
      const links = await linksOfCall(ports, request.project, call, limits);
      const paused = (aboutMs: number): Promise<void> => pause(aboutMs, abort);
      const decoy = { ...call, api: call.api.api, pause: paused, links };
      if (call.kind === "decoy") {
        const refused = (await call.upload?.drain()) ?? null;
        if (refused !== null) return refused;
        const standing = call.standing();
        if (!standing.ok) return standing.code;
        return await answerDecoy({ ...decoy, decoys: call.decoys }, response);
      }
      const code = await forward(call, links, request, response, abort, progress);
      const standing = code === "pass_withdrawn" ? call.standing() : null;
      if (standing?.ok !== true || standing.decoys === null) return code;
      // Who was banned while their upload was on its way is not told so.
      progress.decoy = true;
      return await answerDecoy({ ...decoy, decoys: standing.decoys }, response);
    } finally {
      call.upload?.stop();
      call.leave();
    }
  }

  async function forward(
    { api, peer, channel, plan, filled, upload }: GenuineCall,
    links: AnswerLinks | null,
    request: BrokerRequest,
    response: ServerResponse,
    abort: AbortSignal,
    progress: Progress,
  ): Promise<ProblemCode | null> {
    const { url, values, body } = filled;
    const called = await callUpstream(pools, {
      project: request.project,
      api: api.api,
      method: request.method,
      host: api.host,
      port: api.port,
      target: url.slice(url.indexOf("/", "https://".length)),
      headers: [...filled.headers, ["accept-encoding", "identity"]],
      body: upload?.pieces() ?? body,
      length: upload === null ? (body?.length ?? null) : upload.length,
      peer,
      channel,
      limits,
      abort,
    });
    if (!called.ok) return upload?.refusal ?? called.code;
    // The rest of an upload whose answer is there already is nobody's.
    if (upload?.isDone === false) response.setHeader("connection", "close");
    const prefix = `/b/${request.project}/${request.api}`;
    const mask = masks.of(values);
    return relayAnswer(called.answer, { mask, url: plan.url, prefix, limits, links }, response, progress);
  }

  /** Lets `serve` answer in a request's whole time, and logs how it ended. */
  async function answer(
    { project, method, body }: Pick<BrokerRequest, "project" | "method"> & Partial<Pick<BrokerRequest, "body">>,
    response: ServerResponse,
    events: { readonly [how in "refused" | "decoy" | "done"]: BrokerEvent["event"] },
    serve: (abort: AbortSignal, progress: Progress) => Promise<ProblemCode | null>,
  ): Promise<void> {
    const abort = new AbortController();
    const progress = createProgress();
    response.once("close", () => {
      if (!response.writableFinished) abort.abort();
    });
    // Who has gone tells it once.
    if (response.destroyed) abort.abort();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      abort.abort();
      body?.destroy();
    }, limits.totalMs);
    let code: ProblemCode | null;
    try {
      code = await serve(abort.signal, progress);
    } catch (error) {
      code = codeOf(error);
    } finally {
      clearTimeout(timer);
    }
    if (isLate && code === "upstream_unavailable") code = "upstream_timeout";
    if (code !== null) answerProblem(response, code);
    ports.log({
      event: code !== null ? events.refused : progress.decoy ? events.decoy : events.done,
      project,
      api: progress.api,
      instance: progress.instance,
      method,
      code,
      upstreamStatus: progress.upstreamStatus,
      secrets: progress.secrets,
    });
  }

  return {
    handle: (request, response) =>
      answer(
        request,
        response,
        { refused: "broker_refused", decoy: "brokered_decoy", done: "brokered" },
        (abort, progress) => serve(request, response, abort, progress),
      ),
    handleLink: (request, response) =>
      answer(request, response, { refused: "link_refused", decoy: "linked_decoy", done: "linked" }, (abort, progress) =>
        serveLink(request, response, abort, progress),
      ),
    upgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
    closeSockets: () => sockets.close(),
    close() {
      pools.close();
      masks.clear();
    },
  };
}
