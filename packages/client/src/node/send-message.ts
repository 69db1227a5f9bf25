import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type AbortHandle, ChannelError, type ChannelResponse, type StreamedBody } from "../ports.ts";
import type { Opening } from "./held-agent.ts";
import { headerPairs, messageBody, toNodeHeaders } from "./message-body.ts";

const idleMs = 60_000;
/** From the request's last byte to the end of the answer's head, whatever comes meanwhile. */
const headMs = 300_000;
/** What may be sent again where a pooled connection turns out to be closed already. */
const repeatable = ["GET", "HEAD", "OPTIONS"];
/** What would end the request line; node:http looks at paths that come by its options alone. */
const unescaped = /[^\u0021-\u00ff]/;

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

/** What is left of a request once it is over: node:http ties an answer to its request, and the app may keep the answer. */
function letGo(outgoing: ClientRequest): { destroy(): void } {
  let held: ClientRequest | null = outgoing;
  outgoing.once("close", () => {
    held = null;
  });
  return { destroy: () => void held?.destroy() };
}

/** Takes the text from a request that was sent: an answer may come for hours, and its connection keeps the request. */
function forgetText(outgoing: ClientRequest): void {
  outgoing.path = "";
  // Node refuses to take headers away once they were sent; nothing reads the head after the last byte of the request.
  Reflect.set(outgoing, "_header", null);
  for (const name of outgoing.getHeaderNames()) outgoing.removeHeader(name);
}

/** Takes text and listeners from a request that is over: a socket that ended keeps its last request, and an answer its socket. */
export function forget(outgoing: ClientRequest): void {
  outgoing.removeAllListeners().on("error", () => {});
  forgetText(outgoing);
}

/** A body's pieces, held to the length that was declared: what is more or less would be read as another request, or take the next for its rest. */
async function* piecesOf(stream: StreamedBody): AsyncGenerator<Uint8Array> {
  let left = stream.length ?? Number.POSITIVE_INFINITY;
  for await (const part of stream) {
    left -= part.length;
    if (left < 0) throw new RangeError("a body is longer than declared");
    yield part;
  }
  if (stream.length !== undefined && left > 0) throw new RangeError("a body is shorter than declared");
}

function toResponse(message: IncomingMessage, outgoing: { destroy(): void }, abort: AbortHandle): ChannelResponse {
  message.setTimeout(idleMs, () => message.destroy());
  message.on("error", () => outgoing.destroy());
  return {
    status: message.statusCode ?? 0,
    headers: headerPairs(message),
    body: messageBody(message, () => abort.aborted),
  };
}

/** A request with its head, of which nothing was sent; null where node:http would not write it. */
function write(message: Message, headers: Record<string, string[]>, options: RequestOptions): ClientRequest | null {
  if (unescaped.test(message.target)) return null;
  let outgoing: ClientRequest | null = null;
  try {
    outgoing = message.secure ? requestHttps(options) : requestHttp(options);
    // Not by the options: a pooled connection keeps those of the request that opened it.
    outgoing.path = message.target;
    for (const [name, values] of Object.entries(headers)) outgoing.setHeader(name, values);
    return outgoing;
  } catch {
    outgoing?.on("error", () => {}).destroy();
    return null;
  }
}

/** Sends one message over HTTP/1.1 and gives its answer with the body unread. No redirect, no cookie, no retry. Rejects with ChannelError. */
export function sendMessage(message: Message): Promise<ChannelResponse> {
  return new Promise((resolve, reject) => begin(message, resolve, reject));
}

/** No listener of a request may hold its message but by `unanswered`: what listens lives as long as the answer comes. */
function begin(
  message: Message,
  resolve: (response: ChannelResponse | Promise<ChannelResponse>) => void,
  reject: (error: ChannelError) => void,
): void {
  const { abort, body, stream } = message;
  if (abort.aborted) {
    reject(new ChannelError("aborted", "the caller gave up"));
    return;
  }
  const isRepeatable = repeatable.includes(message.method) && stream === undefined;
  /** What may have to be sent again; null from the answer's head on. */
  let unanswered: Message | null = isRepeatable ? message : null;
  const headers = toNodeHeaders(message.headers);
  const length = body === null ? stream?.length : Buffer.byteLength(body);
  if (length !== undefined) headers["content-length"] = [String(length)];
  // Of its own accord node:http frames no body of DELETE or OPTIONS: it would arrive as the next request.
  else if (stream !== undefined) headers["transfer-encoding"] = ["chunked"];
  const opening: Opening = { abort };
  const options: RequestOptions & { readonly opening: Opening } = {
    opening,
    method: message.method,
    host: message.host.replace(/^\[|\]$/g, ""),
    port: message.port,
    agent: message.agent,
  };
  const outgoing = write(message, headers, options);
  if (outgoing === null) {
    reject(new ChannelError("network", "the request cannot be written"));
    return;
  }
  const request = letGo(outgoing);
  let isAnswered = false;
  let headTimer: NodeJS.Timeout | undefined;
  outgoing.setTimeout(idleMs, () => outgoing.destroy());
  outgoing.once("finish", () => {
    if (isAnswered) forgetText(outgoing);
    else headTimer = setTimeout(() => outgoing.destroy(), headMs);
  });
  outgoing.once("response", (answer) => {
    isAnswered = true;
    unanswered = null;
    clearTimeout(headTimer);
    if (outgoing.writableFinished) forgetText(outgoing);
    outgoing.once("close", () => void Reflect.deleteProperty(answer, "req"));
    resolve(toResponse(answer, request, abort));
  });
  // Nobody asked for another protocol: what switches is no answer, and what was sent must not be sent again.
  outgoing.once("upgrade", (_answer, socket) => {
    isAnswered = true;
    socket.destroy();
  });
  outgoing.on("error", (error) => {
    const isStale = !isAnswered && outgoing.reusedSocket && !abort.aborted;
    const again = isStale && (error as NodeJS.ErrnoException).code === "ECONNRESET" ? unanswered : null;
    if (again !== null) resolve(sendMessage(again));
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
    // A pooled connection keeps the options of the request that opened it.
    opening.abort = null;
    unanswered = null;
    forget(outgoing);
    reject(toChannelError(null, abort.aborted));
  });
  if (stream === undefined) outgoing.end(body ?? undefined);
  // What fails here, the pieces or the connection, is told by `close`.
  else pipeline(Readable.from(piecesOf(stream), { objectMode: false }), outgoing).catch(() => outgoing.destroy());
}
