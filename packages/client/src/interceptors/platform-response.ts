import { asyncIterator } from "../async-iterator.ts";
import type { AgentResponse } from "../fetch/agent-response.ts";
import type { Scope } from "./scope.ts";

const withoutBody = [204, 205, 304];

/** What a reading of a body fails with, as the platform would have it. */
export type ErrorOf = (error: unknown) => unknown;

/** Plain bytes: what a transport yields may be of a class of its own. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.constructor === Uint8Array && bytes.buffer instanceof ArrayBuffer
    ? (bytes as Uint8Array<ArrayBuffer>)
    : Uint8Array.from(bytes);
}

/** A body as the platform's stream: a piece is asked for when one is read, and leaving it closes the connection. */
export function toPlatformStream(
  Stream: typeof ReadableStream,
  body: AsyncIterable<Uint8Array>,
  errorOf: ErrorOf,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = body[asyncIterator]();
  return new Stream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          const part = await iterator.next();
          if (part.done === true) controller.close();
          else controller.enqueue(plain(part.value));
        } catch (error) {
          controller.error(errorOf(error));
        }
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Whether this platform's `Response` takes a stream and gives it again; React Native's own does not. */
function takesStreams(scope: Scope): boolean {
  if (scope.ReadableStream === undefined || scope.Response === undefined) return false;
  try {
    return new scope.Response(new scope.ReadableStream()).body instanceof scope.ReadableStream;
  } catch {
    return false;
  }
}

function show(response: Response, answer: AgentResponse): Response {
  const clone = response.clone.bind(response);
  const value = (shown: unknown) => ({ value: shown, configurable: true, enumerable: true });
  Object.defineProperties(response, {
    url: value(answer.url),
    redirected: value(answer.redirected),
    type: value("basic"),
    clone: value(() => show(clone(), answer)),
  });
  return response;
}

/** Reading members of a response whose platform has no streaming one: they read the agent's answer, once. */
function readBy(scope: Scope, answer: AgentResponse, errorOf: ErrorOf): PropertyDescriptorMap {
  let isUsed = false;
  const once = <T>(read: () => Promise<T>) => ({
    configurable: true,
    value: async (): Promise<T> => {
      if (isUsed) throw new TypeError("the body was read before");
      isUsed = true;
      try {
        return await read();
      } catch (error) {
        throw errorOf(error);
      }
    },
  });
  const buffer = async (): Promise<ArrayBuffer> => plain(await answer.bytes()).slice().buffer;
  const { Blob: PlatformBlob, ReadableStream: Stream } = scope;
  let stream: ReadableStream | null = null;
  return {
    bodyUsed: { configurable: true, get: () => isUsed },
    text: once(() => answer.text()),
    json: once(() => answer.json()),
    arrayBuffer: once(buffer),
    bytes: once(() => answer.bytes()),
    blob: once(async () => {
      if (PlatformBlob === undefined) throw new TypeError("this platform has no Blob");
      return new PlatformBlob([await buffer()], { type: answer.header("content-type") ?? "" });
    }),
    body: {
      configurable: true,
      get() {
        if (Stream === undefined) return undefined;
        stream ??= toPlatformStream(Stream, answer.body, errorOf);
        return stream;
      },
    },
  };
}

/** Reads what has no bytes to its end, so that its connection serves again. */
async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    const iterator = body[asyncIterator]();
    for (let part = await iterator.next(); part.done !== true; ) part = await iterator.next();
  } catch {
    // Nobody waits for a body that there is none of.
  }
}

/** The agent's answer as the platform's `Response`: streaming, with the unfilled URL. Where no Response can be like it, its body is left, and this throws. */
export function toPlatformResponse(scope: Scope, method: string, answer: AgentResponse, errorOf: ErrorOf): Response {
  try {
    return makeResponse(scope, method, answer, errorOf);
  } catch (error) {
    void answer.body[asyncIterator]()
      .return?.()
      .catch(() => {});
    throw error;
  }
}

function makeResponse(scope: Scope, method: string, answer: AgentResponse, errorOf: ErrorOf): Response {
  const { Response: PlatformResponse, Headers: PlatformHeaders, ReadableStream: Stream } = scope;
  if (PlatformResponse === undefined || PlatformHeaders === undefined) {
    throw new TypeError("this platform has no Response");
  }
  const headers = new PlatformHeaders();
  for (const [name, value] of answer.headers) headers.append(name, value);
  const init = { status: answer.status, headers };
  const isEmpty = method === "HEAD" || withoutBody.includes(answer.status);
  if (isEmpty) {
    void drain(answer.body);
    return show(new PlatformResponse(null, init), answer);
  }
  if (Stream !== undefined && takesStreams(scope)) {
    return show(new PlatformResponse(toPlatformStream(Stream, answer.body, errorOf), init), answer);
  }
  return Object.defineProperties(show(new PlatformResponse(null, init), answer), readBy(scope, answer, errorOf));
}
