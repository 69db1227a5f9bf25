import type { TLSSocket } from "node:tls";
import { Client, type Dispatcher } from "undici";
import {
  type AnswerEvents,
  type AnswerFailure,
  type ConnectionOptions,
  headerBounds,
  type SentCall,
  type SentRequest,
  toAnswerHeaders,
  type UpstreamConnection,
} from "./upstream-connection.ts";

/** How the HTTP/1.1 client names a connection that ended, as against an answer that breaks the protocol. */
const overCodes = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

function failureOf(error: Error): AnswerFailure {
  if (error.message === "bad upgrade") return { code: "upstream_refused", isOver: false };
  const code = "code" in error ? String(error.code) : "";
  return { code: "upstream_unavailable", isOver: overCodes.has(code) && error.message !== "bad response" };
}

/** Authentication that counts for a connection, and so for whoever asks next on it (RFC 4559 §6). */
const bindsConnection = (name: string, value: string): boolean =>
  name === "persistent-auth" ||
  ((name === "authorization" || name === "www-authenticate") && /(?:^|,)\s*(?:ntlm|negotiate)\b/i.test(value));

function* flat(headers: SentRequest["headers"]): Generator<string> {
  for (const [name, value] of headers) {
    yield name;
    yield value;
  }
}

class Exchange implements Dispatcher.DispatchHandler, SentCall {
  readonly #events: AnswerEvents;
  readonly #onOver: () => void;
  #controller: Dispatcher.DispatchController | null = null;
  #isOver = false;

  constructor(events: AnswerEvents, onOver: () => void) {
    this.#events = events;
    this.#onOver = onOver;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error("aborted"));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    given: Record<string, string | string[] | undefined>,
    statusText = "",
  ): void {
    if (this.#isOver || status < 200) return;
    const headers = toAnswerHeaders(given);
    if (headers === null) controller.abort(new Error("too many headers"));
    else this.#events.head(status, statusText, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#isOver) this.#events.data(chunk);
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver();
    this.#events.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver();
    this.#events.fail(failureOf(error));
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // The connection is destroyed with it, now or as soon as it is told of the request: it never has room again.
    this.#controller?.abort(new Error("aborted"));
  }
}

/** HTTP/1.1 over one proven connection, one request at a time. Is never connected anew. */
export function createH1Connection(
  socket: TLSSocket,
  origin: string,
  { idleMs, onRoom, onClosed }: ConnectionOptions,
): UpstreamConnection {
  let isGiven = false;
  let isBusy = false;
  let isClosing = false;
  let isClosed = false;
  const client = new Client(origin, {
    connect: (_options, done) => {
      if (isGiven || socket.destroyed) return done(Object.assign(new Error("closed"), { code: "ECONNRESET" }), null);
      isGiven = true;
      // Told at once, the client would not notice.
      queueMicrotask(() => done(null, socket));
    },
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: idleMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: headerBounds.bytes,
  });
  const closed = (): void => {
    if (isClosed) return;
    isClosed = true;
    onClosed();
    void client.destroy().catch(() => {});
  };
  socket.once("close", closed);

  /** What an upstream sends beyond its answer is read, and the connection closed by it, before anybody else is given the connection. */
  const settle = (): void => {
    setImmediate(() => {
      isBusy = false;
      if (isClosing) destroy();
      else if (!isClosed) onRoom();
    });
  };
  const destroy = (): void => {
    socket.destroy();
    closed();
  };

  return {
    protocol: "h1",
    room: () => (isBusy || isClosing || isClosed || socket.destroyed ? 0 : 1),
    take() {
      isBusy = true;
    },
    giveBack: settle,
    send({ method, target, headers, body, length }, events) {
      const judge = (pairs: SentRequest["headers"]): void => {
        if (pairs.some(([name, value]) => bindsConnection(name, value))) isClosing = true;
      };
      judge(headers);
      const head: AnswerEvents["head"] = (status, statusText, given) => {
        judge(Object.entries(given));
        events.head(status, statusText, given);
      };
      const exchange = new Exchange({ ...events, head }, settle);
      const sized: [string, string][] =
        length !== null && body !== null && !(body instanceof Uint8Array) ? [["content-length", String(length)]] : [];
      client.dispatch(
        { method, path: target, headers: [...flat(headers), ...flat(sized)], body: body as never },
        exchange,
      );
      return exchange;
    },
    close() {
      isClosing = true;
      if (!isBusy) destroy();
    },
  };
}
