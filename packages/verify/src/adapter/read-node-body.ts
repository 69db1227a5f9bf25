import type { IncomingMessage } from "node:http";

/** A request of Node's servers, with what body parsers leave on it. */
export type NodeMessage = IncomingMessage & {
  /** The URL before a router cut the mount path off. */
  readonly originalUrl?: string;
  /** The body's bytes as received, where a parser kept them. */
  readonly rawBody?: unknown;
  readonly body?: unknown;
};

const none = new Uint8Array(0);

/** What this file read itself: as received, whatever its content coding. */
const received = new WeakMap<NodeMessage, Uint8Array>();

function isDecoded(request: NodeMessage): boolean {
  const coding = request.headers["content-encoding"];
  return coding !== undefined && coding.toLowerCase() !== "identity";
}

// A text stands for its bytes only as far as it was UTF-8; where it was not, the digest differs and the request is refused.
function toBytes(kept: unknown): Uint8Array | null {
  if (kept instanceof Uint8Array) return kept;
  return typeof kept === "string" ? Buffer.from(kept, "utf8") : null;
}

// RFC 9112 §6.3: without either header there is no body. HTTP/2 says it by ending the stream with the headers.
function hasBody(request: NodeMessage): boolean {
  if (request.httpVersionMajor >= 2) {
    const { stream } = request as { readonly stream?: { readonly endAfterHeaders?: boolean } };
    return stream?.endAfterHeaders !== true;
  }
  const { "transfer-encoding": coding, "content-length": length } = request.headers;
  return coding !== undefined || (length !== undefined && Number(length) !== 0);
}

// The parser sets `complete` before it ends the stream; HTTP/2 and injected requests show the end in the stream's state alone.
function hasArrived(request: NodeMessage, receivedBytes: number): boolean {
  const { _readableState: state } = request as { readonly _readableState?: { readonly ended?: boolean } };
  return request.complete || Number(request.headers["content-length"]) === receivedBytes || state?.ended === true;
}

/** Reads the whole stream and puts it back before its end is told, so that parsers after us read it as if nobody had. */
function collect(request: NodeMessage, limitBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let receivedBytes = 0;
    const stop = (): void => {
      request.off("readable", onReadable).off("end", onEnd).off("error", onLoss).off("close", onLoss);
    };
    const putBack = (): Buffer => {
      stop();
      const body = Buffer.concat(chunks);
      if (body.length > 0) request.unshift(body);
      return body;
    };
    const onReadable = (): void => {
      // Only what is there is read: asking an ended stream that holds nothing would tell its end before others listen for it.
      while (request.readableLength > 0 && receivedBytes <= limitBytes) {
        const chunk: Buffer | null = request.read();
        if (chunk === null) break;
        chunks.push(chunk);
        receivedBytes += chunk.length;
      }
      if (receivedBytes > limitBytes) {
        putBack();
        reject(new Error("the body is larger than bodyLimitBytes"));
      } else if (hasArrived(request, receivedBytes)) {
        resolve(putBack());
      }
    };
    const onEnd = (): void => {
      stop();
      if (receivedBytes === 0) resolve(none);
      else reject(new Error("the body ended before it could be put back"));
    };
    const onLoss = (): void => {
      stop();
      reject(new Error("the body did not arrive whole"));
    };
    request.on("readable", onReadable).on("end", onEnd).on("error", onLoss).on("close", onLoss);
  });
}

/**
 * The body's bytes as received: those a parser kept (`rawBody`, or `body` where it is bytes), else the unread stream, which is put
 * back for whoever comes after. Rejects where the bytes cannot be had: read by another, undone from their content coding, larger than
 * `limitBytes`, or not arrived whole.
 */
export async function readNodeBody(request: NodeMessage, limitBytes: number): Promise<Uint8Array> {
  const own = received.get(request);
  if (own !== undefined) return own;
  const kept = toBytes(request.rawBody) ?? (request.body instanceof Uint8Array ? request.body : null);
  if (kept !== null) {
    if (isDecoded(request)) throw new Error("a parser kept the decoded body alone");
    return kept;
  }
  if (!hasBody(request)) return none;
  if (request.readableDidRead || request.readableFlowing === true || request.readableEncoding !== null) {
    throw new Error("the body was read before");
  }
  if (Number(request.headers["content-length"]) > limitBytes) throw new Error("the body is larger than bodyLimitBytes");
  // What came in one packet with the headers is parsed before this goes on; nothing can come between it and the first reading.
  await Promise.resolve();
  if (request.readableLength === 0 && hasArrived(request, 0)) return none;
  // A request that was broken off before tells nobody again.
  if (request.destroyed) throw new Error("the body did not arrive whole");
  const body = await collect(request, limitBytes);
  received.set(request, body);
  return body;
}
