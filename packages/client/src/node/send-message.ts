import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type AbortHandle, ChannelError, type ChannelResponse, type StreamedBody } from "../ports.ts";
import { headerPairs, messageBody, toNodeHeaders } from "./message-body.ts";

const idleMs = 60_000;
/** From the request's last byte to the end of the answer's head, whatever comes meanwhile. */
const headMs = 300_000;
/** What may be sent again where a pooled connection turns out to be closed already. */
const repeatable = ["GET", "HEAD", "OPTIONS"];

export interface Message {
  readonly secure: boolean;
  readonly agent: Agent;
  readonly method: string;
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | string | null;
  /** The body in pieces; `body` is null then. */
  readonly stream?: StreamedBody;
  readonly abort: AbortHandle;
}

function toChannelError(error: unknown, isAborted: boolean): ChannelError {
  if (isAborted) return new ChannelError("aborted", "the caller gave up");
  return error instanceof ChannelError ? error : new ChannelError("network", "the connection failed");
}

function toResponse(message: IncomingMessage, outgoing: ClientRequest, abort: AbortHandle): ChannelResponse {
  message.setTimeout(idleMs, () => message.destroy());
  message.on("error", () => outgoing.destroy());
  return {
    status: message.statusCode ?? 0,
    headers: headerPairs(message),
    body: messageBody(message, () => abort.aborted),
  };
}

/** Sends one message over HTTP/1.1 and gives its answer with the body unread. No redirect, no cookie, no retry. Rejects with ChannelError. */
export function sendMessage(message: Message): Promise<ChannelResponse> {
  const { abort, body, stream } = message;
  return new Promise((resolve, reject) => {
    if (abort.aborted) return reject(new ChannelError("aborted", "the caller gave up"));
    const headers = toNodeHeaders(message.headers);
    const length = body === null ? stream?.length : Buffer.byteLength(body);
    if (length !== undefined) headers["content-length"] = [String(length)];
    const options: RequestOptions = {
      method: message.method,
      host: message.host.replace(/^\[|\]$/g, ""),
      port: message.port,
      path: message.target,
      headers,
      agent: message.agent,
    };
    let outgoing: ClientRequest;
    try {
      outgoing = message.secure ? requestHttps(options) : requestHttp(options);
    } catch {
      return reject(new ChannelError("network", "the request cannot be written"));
    }
    let isAnswered = false;
    let headTimer: NodeJS.Timeout | undefined;
    outgoing.setTimeout(idleMs, () => outgoing.destroy());
    outgoing.once("finish", () => {
      if (!isAnswered) headTimer = setTimeout(() => outgoing.destroy(), headMs);
    });
    outgoing.once("response", (answer) => {
      isAnswered = true;
      clearTimeout(headTimer);
      resolve(toResponse(answer, outgoing, abort));
    });
    // Nobody asked for another protocol: what switches is no answer, and what was sent must not be sent again.
    outgoing.once("upgrade", (_answer, socket) => {
      isAnswered = true;
      socket.destroy();
    });
    outgoing.on("error", (error) => {
      const isStale =
        !isAnswered &&
        outgoing.reusedSocket &&
        repeatable.includes(message.method) &&
        stream === undefined &&
        !abort.aborted;
      if (isStale && (error as NodeJS.ErrnoException).code === "ECONNRESET") resolve(sendMessage(message));
      else reject(toChannelError(error, abort.aborted));
    });
    const undoAbort = abort.onAbort(() => {
      outgoing.destroy();
      // A request that has no connection yet tells of its end only once it has one.
      reject(toChannelError(null, true));
    });
    // The last event of every request, also of those that end with neither an answer nor an error.
    outgoing.once("close", () => {
      clearTimeout(headTimer);
      undoAbort();
      reject(toChannelError(null, abort.aborted));
    });
    if (stream === undefined) outgoing.end(body ?? undefined);
    // What fails here, the pieces or the connection, is told by `close`.
    else pipeline(Readable.from(stream, { objectMode: false }), outgoing).catch(() => outgoing.destroy());
  });
}
