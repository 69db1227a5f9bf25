import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { isIP, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { channelOptions, type UpstreamChannel } from "./channel.ts";
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

function failureOf(error: NodeJS.ErrnoException, secured: boolean): UpstreamFailure {
  return secured || networkCodes.has(error.code ?? "") ? "upstream_unavailable" : "upstream_refused";
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
export function callUpstream(call: UpstreamCall): Promise<UpstreamAnswer> {
  return new Promise((resolve) => {
    let secured = false;
    const { peer, limits } = call;
    const host = call.host.replace(/^\[|\]$/g, "");
    const outgoing = request({
      ...channelOptions(call.channel),
      method: call.method,
      host,
      port: call.port,
      path: call.target,
      headers: flatHeaders(call.headers),
      agent: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      lookup: (_host, options, done) => {
        if (options.all === true) done(null, [peer]);
        else done(null, peer.address, peer.family);
      },
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
    let timer = setTimeout(timeOut, limits.connectMs);
    outgoing.on("socket", (socket: Socket | TLSSocket) => {
      socket.once("secureConnect", () => {
        secured = true;
        clearTimeout(timer);
        timer = setTimeout(timeOut, limits.answerMs);
      });
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => settle({ ok: false, code: failureOf(error, secured) }));
    outgoing.on("upgrade", (_response, socket) => {
      socket.destroy();
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
