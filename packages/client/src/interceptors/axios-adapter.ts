import { concatBytes, encodeBase64, toUtf8 } from "@countersign/protocol";
import { createAborter } from "../abort.ts";
import type { Agent } from "../agent.ts";
import { asyncIterator } from "../async-iterator.ts";
import { AgentError } from "../errors.ts";
import { type AgentResponse, decodeText } from "../fetch/agent-response.ts";
import type { AgentRequestInit } from "../fetch/app-request.ts";
import type { StreamedBody } from "../ports.ts";
import { toAppBody } from "./app-body.ts";
import { errorClassOf } from "./axios-error.ts";
import type { AxiosConfigLike, AxiosInstanceLike, AxiosProgress, AxiosResponseLike } from "./axios-instance.ts";
import { toPlatformStream } from "./platform-response.ts";
import type { Scope } from "./scope.ts";

/** Node's own modules, without importing them: this file runs where there is no Node as well. */
interface NodeLike {
  readonly Buffer?: { from(bytes: Uint8Array): Uint8Array };
  readonly process?: { getBuiltinModule?(name: string): unknown };
}

interface NodeStreams {
  readonly Readable: { from(pieces: AsyncIterable<Uint8Array>): unknown };
  readonly PassThrough: new () => StreamedBody;
}

function nodeStreams(): NodeStreams | null {
  const { process } = globalThis as NodeLike;
  return (process?.getBuiltinModule?.("node:stream") as NodeStreams | undefined) ?? null;
}

/** The form of the `form-data` package: a stream of the old kind, with the headers that belong to it. */
interface OldForm {
  getHeaders(): Readonly<Record<string, string>>;
  pipe<T>(into: T): T;
}

function isOldForm(data: unknown): data is OldForm {
  const { getHeaders, pipe } = (typeof data === "object" && data !== null ? data : {}) as Partial<OldForm>;
  return typeof getHeaders === "function" && typeof pipe === "function";
}

interface Outgoing {
  readonly headers: readonly (readonly [string, string])[];
  readonly body: AgentRequestInit["body"];
}

/** Which answers axios can unpack is its other adapters' business: this one asks for none that are packed. */
const dropped = ["accept-encoding"];

function headersOf(config: AxiosConfigLike): Map<string, readonly [string, string]> {
  const given: Record<string, unknown> = config.headers?.toJSON?.() ?? config.headers ?? {};
  const headers = new Map<string, readonly [string, string]>();
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase();
    const isSet = value !== undefined && value !== null && value !== false;
    if (isSet && !dropped.includes(key))
      headers.set(key, [name, Array.isArray(value) ? value.join(", ") : String(value as string)]);
  }
  if (config.auth !== undefined) {
    const { username = "", password = "" } = config.auth;
    headers.set("authorization", ["Authorization", `Basic ${encodeBase64(toUtf8(`${username}:${password}`))}`]);
  }
  return headers;
}

function toOutgoing(scope: Scope, config: AxiosConfigLike): Outgoing {
  const headers = headersOf(config);
  const { data } = config;
  const hasBody = !/^(get|head)$/i.test(config.method ?? "get");
  if (hasBody && isOldForm(data)) {
    const streams = nodeStreams();
    if (streams === null) throw new TypeError("this form can be sent on Node alone");
    for (const [name, value] of Object.entries(data.getHeaders())) headers.set(name.toLowerCase(), [name, value]);
    return { headers: [...headers.values()], body: data.pipe(new streams.PassThrough()) };
  }
  const { body, contentType } = toAppBody(scope, hasBody ? data : null, scope.fetch);
  const isForm = contentType?.startsWith("multipart/form-data") === true;
  // axios declares a type before it knows the body; only a form's own names its boundary.
  if (contentType !== null && (isForm || !headers.has("content-type"))) {
    headers.set("content-type", ["Content-Type", contentType]);
  }
  if (body === null) headers.delete("content-type");
  return { headers: [...headers.values()], body };
}

function progressOf(kind: "upload" | "download", loaded: number, bytes: number, total: number): AxiosProgress {
  const known = total > 0 ? { total, progress: loaded / total } : {};
  const mark = kind === "upload" ? ({ upload: true } as const) : ({ download: true } as const);
  return { loaded, bytes, lengthComputable: total > 0, ...known, ...mark };
}

/** Counts a body's pieces as they are taken. */
function counted(body: AgentRequestInit["body"], tell: ((progress: AxiosProgress) => void) | undefined): typeof body {
  if (tell === undefined || body === null || body === undefined) return body;
  const source: StreamedBody =
    typeof body === "string" || body instanceof Uint8Array
      ? {
          length: typeof body === "string" ? toUtf8(body).length : body.length,
          replayable: true,
          async *[asyncIterator]() {
            yield typeof body === "string" ? toUtf8(body) : body;
          },
        }
      : body;
  return {
    ...(source.length === undefined ? {} : { length: source.length }),
    ...(source.replayable === undefined ? {} : { replayable: source.replayable }),
    async *[asyncIterator]() {
      let loaded = 0;
      for await (const part of source) {
        yield part;
        loaded += part.length;
        tell(progressOf("upload", loaded, part.length, source.length ?? 0));
      }
    },
  };
}

function headersOfAnswer(answer: AgentResponse): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name] of answer.headers) {
    const values = answer.headers.filter(([each]) => each === name).map(([, value]) => value);
    headers[name] = name === "set-cookie" ? values : values.join(", ");
  }
  return headers;
}

/** The whole body, told as it comes. */
async function readBody(answer: AgentResponse, config: AxiosConfigLike, tooLong: () => Error): Promise<Uint8Array> {
  const limit = config.maxContentLength ?? -1;
  const declared = Number(answer.header("content-length") ?? 0);
  const parts: Uint8Array[] = [];
  let loaded = 0;
  for await (const part of answer.body) {
    loaded += part.length;
    if (limit >= 0 && loaded > limit) throw tooLong();
    parts.push(part);
    config.onDownloadProgress?.(progressOf("download", loaded, part.length, declared));
  }
  return concatBytes(...parts);
}

function toData(scope: Scope, answer: AgentResponse, bytes: Uint8Array, responseType: string): unknown {
  const type = answer.header("content-type") ?? "";
  if (responseType === "arraybuffer") return (globalThis as NodeLike).Buffer?.from(bytes) ?? bytes.slice().buffer;
  if (responseType === "blob" && scope.Blob !== undefined) return new scope.Blob([Uint8Array.from(bytes)], { type });
  const text = decodeText(bytes).replace(/^\ufeff/, "");
  if (responseType !== "document" || scope.DOMParser === undefined) return text;
  return new scope.DOMParser().parseFromString(text, /html/i.test(type) ? "text/html" : "application/xml");
}

function streamOf(scope: Scope, body: AsyncIterable<Uint8Array>): unknown {
  const streams = nodeStreams();
  if (streams !== null) return streams.Readable.from(body);
  if (scope.ReadableStream === undefined) return body;
  return toPlatformStream(scope.ReadableStream, body, (error) => error);
}

/** A body that tells once when it is read, broken or left. */
function untilEnd(body: AsyncIterable<Uint8Array>, ended: () => void): AsyncIterable<Uint8Array> {
  const source = body[asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      try {
        const part = await source.next();
        if (part.done === true) ended();
        return part;
      } catch (error) {
        ended();
        throw error;
      }
    },
    async return() {
      ended();
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [asyncIterator]: () => iterator };
}

export interface AxiosAdapterParts {
  readonly resolve: (url: string) => string;
  /** When a request was asked of the agent that had to wait for the word whose it is: its timeout counts from there. */
  readonly askedAtMs: WeakMap<AxiosConfigLike, number>;
}

/** An axios adapter over the agent: from a request whose interceptors and transforms are done to a response or an AxiosError. */
export function createAxiosAdapter(
  agent: Agent,
  scope: Scope,
  instance: AxiosInstanceLike,
  { resolve, askedAtMs }: AxiosAdapterParts,
): (config: AxiosConfigLike) => Promise<AxiosResponseLike> {
  return async (config) => {
    const aborter = createAborter();
    let isLate = false;
    const giveUp = (): void => aborter.abort();
    const timeoutMs = config.timeout ?? 0;
    const nowMs = Date.now();
    const leftMs = Math.max(0, timeoutMs - (nowMs - (askedAtMs.get(config) ?? nowMs)));
    const timer =
      timeoutMs > 0
        ? setTimeout(() => {
            isLate = true;
            aborter.abort();
          }, leftMs)
        : undefined;
    config.signal?.addEventListener("abort", giveUp);
    config.cancelToken?.subscribe(giveUp);
    if (config.signal?.aborted === true) giveUp();
    const done = (): void => {
      clearTimeout(timer);
      config.signal?.removeEventListener("abort", giveUp);
      config.cancelToken?.unsubscribe(giveUp);
    };
    const fail = async (
      message: string,
      code: string,
      cause: unknown,
      response?: AxiosResponseLike,
    ): Promise<Error> => {
      const AxiosError = await errorClassOf(instance);
      const error = new AxiosError(message, code, config, null, response);
      return cause === undefined ? error : Object.assign(error, { cause });
    };
    const tooLong = new RangeError("maxContentLength exceeded");
    const isStream = config.responseType === "stream";
    let isStreaming = false;
    try {
      const { headers, body } = toOutgoing(scope, config);
      const answer = await agent.fetch(resolve(instance.getUri(config)).replace(/#.*$/s, ""), {
        method: (config.method ?? "get").toUpperCase(),
        headers,
        body: counted(body, config.onUploadProgress) ?? null,
        redirect: config.maxRedirects === 0 ? "manual" : "follow",
        abort: aborter.handle,
      });
      isStreaming = isStream;
      const data = isStream
        ? streamOf(scope, untilEnd(answer.body, done))
        : toData(scope, answer, await readBody(answer, config, () => tooLong), config.responseType ?? "");
      const response: AxiosResponseLike = {
        data,
        status: answer.status,
        statusText: "",
        headers: headersOfAnswer(answer),
        config,
        request: { responseURL: answer.url },
      };
      const isGood = config.validateStatus?.(answer.status) ?? true;
      if (isGood) return response;
      const code = answer.status >= 500 ? "ERR_BAD_RESPONSE" : "ERR_BAD_REQUEST";
      throw await fail(`Request failed with status code ${answer.status}`, code, undefined, response);
    } catch (error) {
      if ((error as { isAxiosError?: unknown }).isAxiosError === true) throw error;
      if (isLate) {
        const message = config.timeoutErrorMessage ?? `timeout of ${timeoutMs}ms exceeded`;
        throw await fail(
          message,
          config.transitional?.clarifyTimeoutError === true ? "ETIMEDOUT" : "ECONNABORTED",
          error,
        );
      }
      if (error === tooLong) {
        throw await fail(`maxContentLength size of ${config.maxContentLength} exceeded`, "ERR_BAD_RESPONSE", undefined);
      }
      // Where the caller gave up, axios makes its own CanceledError of whatever comes.
      if (error instanceof AgentError) throw await fail(error.message, "ERR_NETWORK", error);
      throw await fail("the request failed", "ERR_BAD_REQUEST", error);
    } finally {
      // A stream can be given up while it is read.
      if (isStreaming) clearTimeout(timer);
      else done();
    }
  };
}
