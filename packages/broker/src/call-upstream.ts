import type { ConnectionPools, Lease, PooledUpstream } from "./connection-pool.ts";
import type { BrokerLimits } from "./ports.ts";
import { AnswerBody, toAnswer, type UpstreamAnswer } from "./upstream-answer.ts";
import type { SentRequest } from "./upstream-connection.ts";

export interface UpstreamCall extends PooledUpstream, SentRequest {
  readonly limits: BrokerLimits;
  /** Aborts the call, and its answer's body. */
  readonly abort: AbortSignal;
}

export type UpstreamFailure = "upstream_refused" | "upstream_unavailable" | "upstream_timeout";

export type CalledUpstream =
  | { readonly ok: true; readonly answer: UpstreamAnswer }
  | { readonly ok: false; readonly code: UpstreamFailure };

/** `isOver`: a connection that had been used before ended with no word of an answer. */
type Attempt = CalledUpstream | { readonly ok: false; readonly code: UpstreamFailure; readonly isOver: boolean };

/** Network trouble, as against a peer that answered but did not prove itself. */
const networkCodes = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EADDRNOTAVAIL",
  "ABORT_ERR",
]);

/** RFC 9110 §9.2.1: asks for nothing to be done. */
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

function connectFailureOf(error: unknown): UpstreamFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return networkCodes.has(code) ? "upstream_unavailable" : "upstream_refused";
}

async function leaseInTime(
  pools: ConnectionPools,
  call: UpstreamCall,
  anew: boolean,
): Promise<Lease | { readonly ok: false; readonly code: UpstreamFailure }> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), call.limits.connectMs);
  try {
    return await pools.lease(call, { abort: AbortSignal.any([call.abort, late.signal]), anew });
  } catch (error) {
    return { ok: false, code: late.signal.aborted ? "upstream_timeout" : connectFailureOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** The body, timed: an upstream that takes nothing is given up, and the time of its answer begins when it has all of it. */
async function* timed(
  body: AsyncIterable<Uint8Array>,
  idleMs: number,
  events: { readonly stalled: () => void; readonly sent: () => void },
): AsyncGenerator<Uint8Array> {
  for await (const part of body) {
    const timer = setTimeout(events.stalled, idleMs);
    try {
      yield part;
    } finally {
      clearTimeout(timer);
    }
  }
  events.sent();
}

function sendOver({ connection, isReused }: Lease, call: UpstreamCall): Promise<Attempt> {
  return new Promise((resolve) => {
    const { limits, abort, body } = call;
    if (abort.aborted) {
      connection.giveBack();
      resolve({ ok: false, code: "upstream_unavailable" });
      return;
    }
    const answerBody = new AnswerBody(limits.idleMs, () => abort.removeEventListener("abort", broken));
    let isSettled = false;
    const settle = (attempt: Attempt): void => {
      isSettled = true;
      clearTimeout(timer);
      resolve(attempt);
    };
    const broken = (): void => {
      answerBody.destroy();
      settle({ ok: false, code: "upstream_unavailable" });
    };
    const timeOut = (): void => {
      // A connection may be dead without anybody saying so: the next call does not wait for it as well.
      connection.close();
      answerBody.destroy();
      settle({ ok: false, code: "upstream_timeout" });
    };
    let timer: NodeJS.Timeout | undefined;
    const sent = (): void => {
      if (!isSettled) timer = setTimeout(timeOut, limits.answerMs);
    };
    const isStreamed = body !== null && !(body instanceof Uint8Array);
    if (!isStreamed) sent();
    const request = isStreamed ? { ...call, body: timed(body, limits.idleMs, { stalled: timeOut, sent }) } : call;
    abort.addEventListener("abort", broken);
    answerBody.call = connection.send(request, {
      head(status, statusText, headers) {
        settle({ ok: true, answer: toAnswer(answerBody, { status, statusText, headers }) });
      },
      data: (chunk) => answerBody.push(chunk),
      end() {
        abort.removeEventListener("abort", broken);
        answerBody.end(true);
        // An end without a beginning answers nothing, and nothing else would follow.
        settle({ ok: false, code: "upstream_unavailable" });
      },
      fail({ code, isOver }) {
        abort.removeEventListener("abort", broken);
        answerBody.end(false);
        settle({ ok: false, code, isOver: isOver && isReused });
      },
    });
  });
}

/**
 * Sends one filled request to the judged address, over a connection whose peer has proved itself as the channel demands, and gives the answer with its
 * body unread. Where a connection kept from an earlier call turns out to have ended, a request that is safe to repeat and has no body is sent once
 * more, over a new one. No redirect is followed, no error carries text of the request.
 */
export async function callUpstream(pools: ConnectionPools, call: UpstreamCall): Promise<CalledUpstream> {
  for (const anew of [false, true]) {
    const lease = (anew ? null : pools.leaseNow(call)) ?? (await leaseInTime(pools, call, anew));
    if ("ok" in lease) return lease;
    const attempt = await sendOver(lease, call);
    const mayRepeat = call.body === null && safeMethods.has(call.method);
    if (attempt.ok || !("isOver" in attempt) || !attempt.isOver || !mayRepeat || anew) return attempt;
  }
  return { ok: false, code: "upstream_unavailable" };
}
