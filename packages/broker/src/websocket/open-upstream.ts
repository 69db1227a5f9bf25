import type { ClientRequest } from "node:http";
import type { TLSSocket } from "node:tls";
import { type ClientOptions, WebSocket } from "ws";
import type { UpstreamChannel } from "../channel.ts";
import { connectUpstream } from "../connect-upstream.ts";
import type { PathProofs } from "../path-proofs.ts";
import type { BrokerLimits } from "../ports.ts";
import type { Peer } from "../resolve-peer.ts";
import type { HeaderPairs } from "../strip-headers.ts";
import { maxFragments } from "./socket-limits.ts";

export interface UpstreamOpening {
  readonly host: string;
  readonly port: number;
  /** Path and query, filled. */
  readonly target: string;
  readonly headers: HeaderPairs;
  /** Subprotocols of the app's. */
  readonly protocols: readonly string[];
  readonly peer: Peer;
  readonly channel: UpstreamChannel;
  readonly proofs: PathProofs;
  readonly limits: BrokerLimits;
  readonly abort: AbortSignal;
}

export type OpenedUpstream =
  /** Paused: what the upstream said at once is still unread. */
  | { readonly ok: true; readonly socket: WebSocket }
  | {
      readonly ok: false;
      readonly code: "upstream_refused" | "upstream_unavailable" | "upstream_timeout";
      /** The HTTP status it answered with, where it gave one. */
      readonly status: number | null;
    };

/** What `ws` reads beside what its types know. */
interface FurtherOptions extends ClientOptions {
  readonly closeTimeout: number;
}

/** Network trouble, as against a peer that is there and does not prove itself or does not speak WebSocket. */
const networkCodes = /^(?:E(?:CONN\w+|PIPE|HOSTUNREACH|NETUNREACH|TIMEDOUT|NOTFOUND|ADDRNOTAVAIL)|ABORT_ERR|HPE_\w+)$/;

function failureOf(error: unknown): "upstream_refused" | "upstream_unavailable" {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return networkCodes.test(code) ? "upstream_unavailable" : "upstream_refused";
}

/**
 * Writes what is filled to the request alone: `ws` would read a URL once more, and keep it as long as the socket. What is sent is the text that
 * was checked.
 */
function write(request: ClientRequest, target: string, headers: HeaderPairs): void {
  try {
    request.path = target;
    for (const name of new Set(headers.map(([each]) => each)))
      request.setHeader(
        name,
        headers.filter(([each]) => each === name).map(([, value]) => value),
      );
    request.end();
  } catch {
    request.destroy();
  }
}

/**
 * The opening handshake (RFC 6455 §4.1) over a connection that was proven. No extension is offered: a compressed message could not be masked. Any
 * answer but a 101 that proves it read the key is a refusal; no redirect is followed.
 */
function shakeHands(connection: TLSSocket, opening: UpstreamOpening): Promise<OpenedUpstream> {
  const { host, port, target, headers, protocols, limits, abort } = opening;
  return new Promise((resolve) => {
    const options: FurtherOptions = {
      createConnection: () => connection,
      finishRequest: (request) => write(request, target, headers),
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: limits.messageBytes,
      maxFragments,
      closeTimeout: limits.closingMs,
    };
    const socket = new WebSocket(`wss://${host}:${port}/`, [...protocols], options);
    const giveUp = (): void => socket.terminate();
    const settle = (opened: OpenedUpstream): void => {
      clearTimeout(timer);
      abort.removeEventListener("abort", giveUp);
      resolve(opened);
    };
    const timer = setTimeout(() => {
      settle({ ok: false, code: "upstream_timeout", status: null });
      socket.terminate();
    }, limits.answerMs);
    abort.addEventListener("abort", giveUp);
    if (abort.aborted) giveUp();
    socket.on("error", (error) => {
      settle({ ok: false, code: abort.aborted ? "upstream_unavailable" : failureOf(error), status: null });
    });
    socket.once("unexpected-response", (request, response) => {
      settle({ ok: false, code: "upstream_refused", status: response.statusCode ?? null });
      response.destroy();
      request.destroy();
    });
    socket.once("open", () => {
      socket.pause();
      settle({ ok: true, socket });
    });
  });
}

/** Opens a WebSocket to the judged address, held to the channel. Nothing filled is written before the peer has proved itself. */
export async function openUpstream(opening: UpstreamOpening): Promise<OpenedUpstream> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), opening.limits.connectMs);
  try {
    const abort = AbortSignal.any([opening.abort, late.signal]);
    const connection = await connectUpstream({ ...opening, alpn: ["http/1.1"], abort });
    clearTimeout(timer);
    return await shakeHands(connection, opening);
  } catch (error) {
    return { ok: false, code: late.signal.aborted ? "upstream_timeout" : failureOf(error), status: null };
  } finally {
    clearTimeout(timer);
  }
}
