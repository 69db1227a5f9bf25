import { type ClientHttp2Stream, connect, constants, type OutgoingHttpHeaders, sensitiveHeaders } from "node:http2";
import type { TLSSocket } from "node:tls";
import {
  type AnswerEvents,
  type ConnectionOptions,
  headerBounds,
  type SentCall,
  type SentRequest,
  toAnswerHeaders,
  type UpstreamConnection,
} from "./upstream-connection.ts";

/** Most requests at once on one connection, whatever the upstream would take. */
const maxStreams = 100;
const windowBytes = 262_144;

const broken = { code: "upstream_unavailable", isOver: false } as const;

/** Nothing of one caller's headers may stand in the table that the next caller's are compressed by. */
function outgoing({ method, target, headers, length }: SentRequest, authority: string): OutgoingHttpHeaders {
  const sent: OutgoingHttpHeaders = Object.create(null) as OutgoingHttpHeaders;
  for (const [name, value] of headers) {
    const before = sent[name];
    sent[name] = before === undefined ? value : `${String(before)}, ${value}`;
  }
  if (length !== null) sent["content-length"] = String(length);
  return {
    ...sent,
    [constants.HTTP2_HEADER_METHOD]: method,
    [constants.HTTP2_HEADER_PATH]: target,
    [constants.HTTP2_HEADER_SCHEME]: "https",
    [constants.HTTP2_HEADER_AUTHORITY]: authority,
    [sensitiveHeaders]: Object.keys(sent),
  };
}

/** Resolves when the stream takes more, or is closed. */
function drained(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off("drain", settle);
      stream.off("close", settle);
      resolve();
    };
    stream.once("drain", settle);
    stream.once("close", settle);
    if (stream.destroyed) settle();
  });
}

/**
 * Resets a stream (RFC 9113 §6.4). Node ends the writing side of a stream that it closes, and sends that end before the reset: what is there of a body
 * would arrive as if it were all. So the end is made to do nothing.
 */
function breakOff(stream: ClientHttp2Stream): void {
  if (!stream.writableEnded) stream._final = () => {};
  stream.close(constants.NGHTTP2_CANCEL);
}

async function writeBody(stream: ClientHttp2Stream, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const part of body) {
      if (stream.destroyed) return;
      if (!stream.write(part)) await drained(stream);
    }
    stream.end();
  } catch {
    breakOff(stream);
  }
}

/**
 * Tells whether the peer ended its side (END_STREAM). Node ends the reading of a stream that was closed without an error alike, be it by a reset in the
 * middle of an answer or before one: only that it is closed by then shows it.
 */
function watchEnd(stream: ClientHttp2Stream): () => boolean {
  let isEnded = false;
  const push = stream.push.bind(stream);
  stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk === null && !stream.closed) isEnded = true;
    return push(chunk, encoding);
  };
  return () => isEnded;
}

/** Tells the events of one stream. A body that its length belies resets it (nghttp2 counts). */
function follow(stream: ClientHttp2Stream, events: AnswerEvents): SentCall {
  let isOver = false;
  let isRefused = false;
  let isBegun = false;
  const isEnded = watchEnd(stream);
  const over = (tell: () => void): void => {
    if (isOver) return;
    isOver = true;
    tell();
    // An answer may be whole before the request is: nobody waits for the rest of it.
    if (!stream.writableEnded) breakOff(stream);
  };
  stream.on("response", ({ [constants.HTTP2_HEADER_STATUS]: status = 0, ...given }) => {
    if (isOver) return;
    const headers = toAnswerHeaders(given);
    if (headers === null || typeof status !== "number" || status < 200 || status > 599) {
      breakOff(stream);
      return;
    }
    isBegun = true;
    events.head(status, "", headers);
  });
  stream.on("data", (chunk: Buffer) => {
    if (!isOver) events.data(chunk);
  });
  stream.on("end", () => {
    const isWhole = isBegun && isEnded();
    over(() => (isWhole ? events.end() : events.fail(broken)));
  });
  stream.on("error", () => {
    isRefused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
  });
  // A stream that its peer refused was not looked at (RFC 9113 §8.7).
  stream.on("close", () =>
    over(() =>
      events.fail({ code: "upstream_unavailable", isOver: isRefused || stream.rstCode === constants.NGHTTP2_CANCEL }),
    ),
  );
  return {
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    abort() {
      if (isOver) return;
      isOver = true;
      breakOff(stream);
    },
  };
}

/** HTTP/2 over one proven connection. Takes no pushes. Is never connected anew. */
export function createH2Connection(
  socket: TLSSocket,
  origin: string,
  { idleMs, onRoom, onClosed }: ConnectionOptions,
): UpstreamConnection {
  const authority = origin.slice("https://".length);
  const session = connect(origin, {
    createConnection: () => socket,
    peerMaxConcurrentStreams: maxStreams,
    maxHeaderListPairs: headerBounds.count,
    settings: { enablePush: false, initialWindowSize: windowBytes, maxHeaderListSize: headerBounds.bytes },
  });
  let open = 0;
  let isLeaving = false;
  let isClosed = false;
  const closed = (): void => {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(idle);
    onClosed();
  };
  const destroy = (): void => {
    session.destroy();
    socket.destroy();
    closed();
  };
  const idle = setTimeout(() => {
    if (open === 0) destroy();
  }, idleMs).unref();
  session.on("error", () => {});
  session.on("stream", (pushed) => pushed.close(constants.NGHTTP2_REFUSED_STREAM));
  session.on("goaway", () => {
    isLeaving = true;
    session.close();
  });
  session.once("close", closed);
  socket.once("close", closed);
  const settled = (): void => {
    open -= 1;
    if (open === 0 && isLeaving) destroy();
    else {
      idle.refresh();
      onRoom();
    }
  };

  return {
    protocol: "h2",
    room() {
      if (isLeaving || isClosed || session.closed || session.destroyed) return 0;
      const { maxConcurrentStreams = maxStreams } = session.remoteSettings;
      return Math.max(0, Math.min(maxStreams, maxConcurrentStreams) - open);
    },
    take() {
      open += 1;
    },
    giveBack: settled,
    send(request, events) {
      const { body } = request;
      let stream: ClientHttp2Stream;
      try {
        stream = session.request(outgoing(request, authority), { endStream: body === null });
      } catch {
        settled();
        queueMicrotask(() => events.fail({ code: "upstream_unavailable", isOver: true }));
        return { pause() {}, resume() {}, abort() {} };
      }
      stream.once("close", () => {
        // Who takes slowly would else keep everybody else's calls from being taken at all.
        if (stream.rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM) isLeaving = true;
        settled();
      });
      const call = follow(stream, events);
      if (body instanceof Uint8Array) stream.end(body);
      else if (body !== null) void writeBody(stream, body);
      return call;
    },
    close() {
      isLeaving = true;
      if (open === 0) destroy();
    },
  };
}
