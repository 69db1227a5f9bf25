import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import type { TLSSocket } from "node:tls";
import type { UpstreamChannel } from "./channel.ts";
import { connectUpstream } from "./connect-upstream.ts";
import type { PathProofs } from "./path-proofs.ts";
import type { BrokerLimits } from "./ports.ts";
import type { Peer } from "./resolve-peer.ts";

export interface UpstreamCall {
  readonly method: string;
  readonly host: string;
  readonly port: number;
  /** Path and query, filled. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | null;
  readonly peer: Peer;
  readonly channel: UpstreamChannel;
  readonly proofs: PathProofs;
  readonly limits: BrokerLimits;
  /** Aborts the call, and its answer's body. */
  readonly abort: AbortSignal;
}

export type UpstreamFailure = "upstream_refused" | "upstream_unavailable" | "upstream_timeout";

export type UpstreamAnswer =
  | { readonly ok: true; readonly response: IncomingMessage }
  | { readonly ok: false; readonly code: UpstreamFailure };

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

function connectFailureOf(error: unknown): UpstreamFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return networkCodes.has(code) ? "upstream_unavailable" : "upstream_refused";
}

function flatHeaders(headers: UpstreamCall["headers"]): Record<string, string[]> {
  const flat: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of headers) flat[name] = [...(flat[name] ?? []), value];
  return flat;
}

/**
 * Sends one filled request to the judged address over a new TLS connection that is held to the channel, and gives the answer with its body
 * unread. Nothing of the request is written before the peer has proved itself. No redirect is followed, no error carries text of the request.
 */
export async function callUpstream(call: UpstreamCall): Promise<UpstreamAnswer> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), call.limits.connectMs);
  let socket: TLSSocket;
  try {
    socket = await connectUpstream({ ...call, abort: AbortSignal.any([call.abort, late.signal]) });
  } catch (error) {
    return { ok: false, code: late.signal.aborted ? "upstream_timeout" : connectFailureOf(error) };
  } finally {
    clearTimeout(timer);
  }
  return sendOver(socket, call);
}

function sendOver(socket: TLSSocket, call: UpstreamCall): Promise<UpstreamAnswer> {
  return new Promise((resolve) => {
    const { limits } = call;
    const outgoing = request({
      createConnection: () => socket,
      method: call.method,
      host: call.host.replace(/^\[|\]$/g, ""),
      port: call.port,
      path: call.target,
      headers: flatHeaders(call.headers),
      signal: call.abort,
    });
    const settle = (answer: UpstreamAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const timeOut = (): void => {
      settle({ ok: false, code: "upstream_timeout" });
      outgoing.destroy();
    };
    const timer = setTimeout(timeOut, limits.answerMs);
    outgoing.on("error", () => settle({ ok: false, code: "upstream_unavailable" }));
    outgoing.on("upgrade", (_response, upgraded) => {
      upgraded.destroy();
      settle({ ok: false, code: "upstream_refused" });
    });
    outgoing.on("response", (response) => {
      response.setTimeout(limits.idleMs, () => response.destroy());
      settle({ ok: true, response });
    });
    if (call.body !== null) outgoing.setHeader("content-length", call.body.byteLength);
    outgoing.end(call.body ?? undefined);
  });
}
