import { concatBytes, parseStrictJson } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import { eitherAbort } from "../abort.ts";
import { asyncIterator } from "../async-iterator.ts";
import { passHeaders } from "../broker/pass-headers.ts";
import { AgentError } from "../errors.ts";
import { forgetMatch } from "../memory/detached.ts";
import type { AbortHandle, ChannelResponse } from "../ports.ts";
import { DpopNonces } from "../proofs/dpop-nonces.ts";
import { type AgentResponse, toAgentResponse } from "./agent-response.ts";
import {
  type AgentRequestInit,
  type AppRequest,
  type Headers,
  headerValue,
  toAppRequest,
  withoutHeaders,
} from "./app-request.ts";
import { callChannel, policyOf, systemPolicy } from "./channel-call.ts";
import type { FetchDeps } from "./fetch-deps.ts";
import { type FilledHop, fillHop } from "./fill-hop.ts";
import { holdBody } from "./held-body.ts";
import { parsePlainUrl } from "./plain-url.ts";
import { type PreparedHop, prepareHop } from "./prepare-hop.ts";
import { originOf as nonceOriginOf, type ProvenHop, proveHop } from "./prove-hop.ts";
import { isRedirect, nextRequest, originOf, resolveLocation } from "./redirect.ts";
import { beginRequest } from "./request-hooks.ts";
import { RevealedValues } from "./revealed-values.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** What another session may mend: the broker does not know the pass any more, or the secret is delivered by now. */
const passProblems = ["pass_invalid", "signature_invalid", "request_replayed", "pass_withdrawn", "place_refused"];
/** The key a session is bound to may be gone; the one that takes its place is tried once. */
const maxKeysTried = 2;
/** A hop is prepared again where its session was replaced meanwhile. */
const maxPrepared = 5;
const maxProblemBytes = 1024 * 1024;
/** Headers that only the agent may set on a brokered request. */
const passHeaderNames = ["countersign-pass", "content-digest", "signature", "signature-input"];

type ProtectedHop = PreparedHop & { kind: "protected" };

/** One hop's answer, and what a `Location` of it is relative to. */
interface HopAnswer {
  readonly response: ChannelResponse;
  /** What was asked, unfilled. */
  readonly request: AppRequest;
  /** The unfilled URL that was asked. */
  readonly shownUrl: string;
  /** Turns a `Location` into the next unfilled URL; null where it must not be followed. */
  readonly follow: (location: string) => string | null;
  /** False where it came past the agent: whoever has a certificate in the device store may have given it. */
  readonly isHeld: boolean;
}

async function discard(body: AsyncIterable<Uint8Array>): Promise<void> {
  await body[asyncIterator]().return?.();
}

async function* bodyOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/**
 * A broker's answer is unsigned, and a MAC is for what the app asked: whoever ends TLS to the service could have one for any target by a
 * forged redirect, so none is followed.
 */
function brokeredAnswer(response: ChannelResponse, hop: ProtectedHop): HopAnswer {
  return { response, request: hop.request, shownUrl: hop.match.url.text, follow: () => null, isHeld: true };
}

function refuseRedirect(answer: HopAnswer): never {
  void discard(answer.response.body).catch(() => {});
  throw new AgentError("redirect_refused");
}

/** Sends one request of the app over as many hops as it takes, each built from the unfilled request (protocol section 10). */
export class AgentFetch {
  readonly #deps: FetchDeps;
  readonly #stop: AbortHandle;
  readonly #nonces = new DpopNonces();

  /** `stop` ends every request in flight, and bodies that are still read. */
  constructor(deps: FetchDeps, stop: AbortHandle) {
    this.#deps = deps;
    this.#stop = stop;
  }

  async fetch(url: string, init?: AgentRequestInit): Promise<AgentResponse> {
    const request = toAppRequest(url, init);
    const told = beginRequest(this.#deps, request);
    try {
      const response = await this.#follow(request, init, told.bypass);
      told.end(response, null);
      return response;
    } catch (error) {
      told.end(null, error);
      throw error;
    }
  }

  async #follow(first: AppRequest, init: AgentRequestInit | undefined, bypass: boolean): Promise<AgentResponse> {
    let request = first;
    const stop = this.#stop;
    const abort = init?.abort === undefined ? stop : eitherAbort(init.abort, stop);
    const firstOrigin = originOf(request.url);
    const revealed = new RevealedValues(this.#deps.masks);
    let mayAdd = true;
    try {
      if (this.#deps.ports.channel.streams !== true) request = await unlessAborted(holdBody(request), abort);
      for (let hops = 0; ; hops += 1) {
        if (abort.aborted) throw new AgentError("aborted");
        mayAdd &&= originOf(request.url) === firstOrigin;
        const answer = await this.#sendHop(request, mayAdd, bypass, abort, revealed);
        mayAdd &&= answer.isHeld;
        const { response, shownUrl } = answer;
        const location = isRedirect(response.status) ? headerValue(response.headers, "location") : null;
        if (location !== null && init?.redirect === "error") return refuseRedirect(answer);
        if (location !== null && init?.redirect === "manual" && revealed.standIn(location))
          return refuseRedirect(answer);
        const isFollowed = location !== null && init?.redirect !== "manual";
        const next = isFollowed ? this.#nextUrl(answer, location, hops, revealed) : null;
        if (next === null) return toAgentResponse(response, shownUrl, hops > 0);
        request = nextRequest(answer.request, response.status, next);
        if (request.stream !== null && request.stream.replayable !== true) return refuseRedirect(answer);
        await discard(response.body);
      }
    } catch (error) {
      throw stop.aborted ? new AgentError("stopped") : error;
    } finally {
      revealed.wipe();
      forgetMatch();
    }
  }

  #nextUrl(answer: HopAnswer, location: string, hops: number, revealed: RevealedValues): string | null {
    const refused = revealed.standIn(location) || hops >= limits.redirects;
    const next = refused ? null : answer.follow(location);
    return next ?? refuseRedirect(answer);
  }

  async #sendHop(
    given: AppRequest,
    mayAdd: boolean,
    bypass: boolean,
    abort: AbortHandle,
    revealed: RevealedValues,
  ): Promise<HopAnswer> {
    let request = given;
    let keys = 0;
    for (let prepared = 0; prepared < maxPrepared && keys < maxKeysTried; prepared += 1) {
      const hop = await unlessAborted(prepareHop(this.#deps, request, mayAdd, abort, bypass), abort);
      if (hop.kind === "unregistered") return this.#sendUnregistered(hop.request, hop.unfilled, abort);
      if (hop.ownToken !== null && hop.wipes !== this.#deps.wipes()) {
        hop.ownToken.token.wipe();
        throw new AgentError("token_unavailable");
      }
      if (this.#isReplaced(hop)) {
        hop.ownToken?.token.wipe();
        continue;
      }
      const filled = fillHop(hop, revealed);
      if (filled.brokered && hop.request.stream !== null) {
        // The MAC covers the body. Whose session it is, and in which mode, is judged when the body is whole.
        request = await unlessAborted(holdBody(hop.request), abort);
        continue;
      }
      if (filled.unfilled.length > 0 && keys === 0) this.#deps.unfilled(filled.unfilled, hop.match.api.host);
      if (filled.brokered) return this.#sendBrokered(hop, filled, abort, revealed);
      keys += 1;
      const answer = await this.#sendProtected(hop, filled, abort);
      if (answer !== null) return answer;
    }
    throw new AgentError(keys === 0 ? "secret_unavailable" : "key_unavailable");
  }

  /** Whether another session took the place of this hop's while it was prepared: then it holds nothing any more, and the other does. */
  #isReplaced({ session, wipes }: ProtectedHop): boolean {
    return session !== null && !session.isOpen() && wipes === this.#deps.wipes();
  }

  async #sendUnregistered(request: AppRequest, unfilled: readonly string[], abort: AbortHandle): Promise<HopAnswer> {
    const target = parsePlainUrl(request.url);
    if (target === null) throw new AgentError("url_refused");
    if (unfilled.length > 0) this.#deps.unfilled(unfilled, target.host);
    const { method, headers, body, stream } = request;
    const { channel } = this.#deps.ports;
    const streamed = stream === null ? {} : { stream };
    const response = await callChannel(
      () => channel.send({ ...target, method, headers, body, ...streamed, policy: systemPolicy, abort }),
      this.#deps.signals,
      null,
    );
    const follow = (location: string): string | null => resolveLocation(request.url, location);
    return { response, request, shownUrl: request.url, follow, isHeld: false };
  }

  /** Null where the platform lost the key that a proof was asked of, and another was enrolled. Nothing was sent then. */
  async #sendProtected(hop: ProtectedHop, filled: FilledHop, abort: AbortHandle): Promise<HopAnswer | null> {
    const { request } = hop;
    const proven = await this.#prove(request.method, hop, filled, abort);
    if (proven === null) return null;
    const response = await this.#sendProven(hop, filled, proven, abort);
    const shownUrl = hop.match.url.text;
    return { response, request, shownUrl, follow: (location) => resolveLocation(shownUrl, location), isHeld: true };
  }

  async #prove(method: string, hop: ProtectedHop, filled: FilledHop, abort: AbortHandle): Promise<ProvenHop | null> {
    const proven = await unlessAborted(proveHop(this.#deps, method, hop, filled, this.#nonces), abort);
    if (proven === null && hop.session !== null) await unlessAborted(this.#deps.replaceKey(hop.session), abort);
    return proven;
  }

  /** One request over the channel; a 401 that brings a DPoP nonce is answered once, with a proof that holds it (RFC 9449 §9). */
  async #sendProven(
    hop: ProtectedHop,
    filled: FilledHop,
    proven: ProvenHop,
    abort: AbortHandle,
  ): Promise<ChannelResponse> {
    const { method, stream } = hop.request;
    const response = await this.#callApi(hop, filled, proven.headers, abort);
    if (hop.match.api.proof !== "dpop" || !hop.mayAdd || hop.session === null) return response;
    const origin = nonceOriginOf(filled);
    const offered = this.#nonces.keep(origin, headerValue(response.headers, "dpop-nonce"));
    if (response.status !== 401 || offered === null || offered === proven.nonce) return response;
    if (stream !== null && stream.replayable !== true) return response;
    await discard(response.body);
    const again = await this.#prove(method, hop, filled, abort);
    if (again === null) throw new AgentError("key_unavailable");
    const second = await this.#callApi(hop, filled, again.headers, abort);
    this.#nonces.keep(origin, headerValue(second.headers, "dpop-nonce"));
    return second;
  }

  #callApi(hop: ProtectedHop, filled: FilledHop, headers: Headers, abort: AbortHandle): Promise<ChannelResponse> {
    this.#assertUnwiped(hop);
    const { host, port, path, query } = filled.url;
    const { body } = filled;
    const { method, stream } = hop.request;
    const streamed = stream === null ? {} : { stream };
    const { channel } = this.#deps.ports;
    const policy = policyOf(hop.manifest, hop.match.api);
    const target = query === null ? path : `${path}?${query}`;
    return callChannel(
      () => channel.send({ method, host, port, target, headers, body, ...streamed, policy, abort }),
      this.#deps.signals,
      hop.match.api.api,
    );
  }

  /** What was wiped between filling and sending, by a severe signal or the app going away, is not sent. */
  #assertUnwiped({ session, wipes }: ProtectedHop): void {
    if (session !== null && wipes !== this.#deps.wipes()) throw new AgentError("secret_unavailable");
  }

  async #sendBrokered(
    hop: ProtectedHop,
    filled: FilledHop,
    abort: AbortHandle,
    revealed: RevealedValues,
  ): Promise<HopAnswer> {
    const { request } = hop;
    const response = await this.#relay(request.method, hop, filled, abort);
    const problem = await unlessAborted(this.#passProblem(response), abort);
    if (problem.code === null || !hop.mayAdd) return brokeredAnswer(problem.response, hop);
    await unlessAborted(this.#deps.refresh(problem.code), abort);
    const again = await unlessAborted(prepareHop(this.#deps, request, hop.mayAdd, abort), abort);
    if (again.kind !== "protected") throw new AgentError("secret_unavailable");
    const refilled = fillHop(again, revealed);
    if (!refilled.brokered) {
      const answer = await this.#sendProtected(again, refilled, abort);
      if (answer === null) throw new AgentError("key_unavailable");
      return answer;
    }
    return brokeredAnswer(await this.#relay(request.method, again, refilled, abort), again);
  }

  async #relay(method: string, hop: ProtectedHop, filled: FilledHop, abort: AbortHandle): Promise<ChannelResponse> {
    const { service, randomness } = this.#deps.ports;
    const { body } = filled;
    const { path, query } = filled.url;
    const rest = query === null ? path : `${path}?${query}`;
    const target = `/b/${this.#deps.configuration.project}/${hop.match.api.api}${rest}`;
    const broker = hop.manifest.broker;
    const request = { method, targetUri: (broker ?? service.origin) + target, body };
    const pass = hop.session === null ? null : passHeaders(hop.session, request, randomness);
    if (pass === null) throw new AgentError("secret_unavailable");
    const headers = [...withoutHeaders(filled.headers, passHeaderNames), ...pass];
    const to = broker === undefined ? {} : { origin: broker };
    return callChannel(
      () => service.relay({ ...to, method, path: target, headers, body, abort }),
      this.#deps.signals,
      null,
    );
  }

  /** The broker's word that the pass or its MAC is not good any more, which a new session may mend; the body is kept for the app. */
  async #passProblem(response: ChannelResponse): Promise<{ code: string | null; response: ChannelResponse }> {
    const type = headerValue(response.headers, "content-type") ?? "";
    if (![401, 403, 409].includes(response.status) || !type.startsWith("application/problem+json")) {
      return { code: null, response };
    }
    const bytes = await this.#readProblem(response);
    const json = parseStrictJson(bytes, { maxBytes: maxProblemBytes });
    const code = json.ok && typeof json.value === "object" ? (json.value as { code?: unknown } | null)?.code : null;
    const known = typeof code === "string" && passProblems.includes(code) ? code : null;
    return { code: known, response: { ...response, body: bodyOf(bytes) } };
  }

  async #readProblem(response: ChannelResponse): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const part of response.body) {
        length += part.length;
        if (length > maxProblemBytes) throw new AgentError("network_failed");
        parts.push(part);
      }
    } catch {
      throw new AgentError("network_failed");
    }
    return concatBytes(...parts);
  }
}
