import { toUtf8 } from "@countersign/protocol";
import { asyncIterator } from "../async-iterator.ts";
import type { AbortHandle, StreamedBody } from "../ports.ts";
import { SecretHandle } from "../secret-handle.ts";

export type Headers = readonly (readonly [string, string])[];

/** A handle stands for its placeholder. */
export type HeaderValue = string | SecretHandle;

export interface AgentRequestInit {
  /** Default GET. */
  readonly method?: string;
  /** A record, or pairs: an array, a Map, the platform's `Headers`. */
  readonly headers?: Readonly<Record<string, HeaderValue>> | Iterable<readonly [string, HeaderValue]>;
  /**
   * Text is sent as UTF-8. Pieces are held whole (at most 64 MiB) where a place, a proof or the transport needs them so, else sent as they come;
   * only `replayable` ones can follow a redirect.
   */
  readonly body?: string | Uint8Array | StreamedBody | null;
  /** `manual` gives a redirect to the caller, `error` refuses it. Default `follow`. */
  readonly redirect?: "follow" | "manual" | "error";
  /** Of `createAborter`. */
  readonly abort?: AbortHandle;
}

/** A request as the app made it: placeholders are not filled, so every member may be shown. */
export interface AppRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array | null;
  /** The body where it is not held whole; `body` is null then. */
  readonly stream: StreamedBody | null;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\uffff]*$/;
const normalised = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH"];
const forbidden = ["CONNECT", "TRACE", "TRACK"];

/** The transport's own; what an app sets of them is left out, as a browser does. */
const framing = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function toMethod(method: string): string {
  const upper = method.toUpperCase();
  if (!token.test(method) || forbidden.includes(upper)) throw new TypeError("method is not one that can be sent");
  return normalised.includes(upper) ? upper : method;
}

function toPairs(given: AgentRequestInit["headers"]): readonly unknown[] {
  if (given === undefined || given === null) return [];
  if (typeof given !== "object") throw new TypeError("headers are a record or pairs");
  return Symbol.iterator in given ? [...given] : Object.entries(given);
}

function toHeaders(given: AgentRequestInit["headers"]): (readonly [string, string])[] {
  return toPairs(given)
    .map((pair): readonly [string, string] => {
      const [name, given, ...rest] = Array.isArray(pair) ? (pair as unknown[]) : [];
      const value = given instanceof SecretHandle ? String(given) : given;
      if (typeof name !== "string" || typeof value !== "string" || rest.length > 0) {
        throw new TypeError("a header is a name and a value, both text");
      }
      const trimmed = value.replace(/^[\t ]+|[\t ]+$/g, "");
      if (!token.test(name)) throw new TypeError("a header name is not a token");
      if (!fieldValue.test(trimmed)) throw new TypeError("a header value has a control character");
      return [name, trimmed];
    })
    .filter(([name]) => !framing.has(name.toLowerCase()));
}

// Of another realm it is no instance of this one's class.
function isBytes(given: unknown): given is Uint8Array {
  return Object.prototype.toString.call(given) === "[object Uint8Array]";
}

function toBody(given: AgentRequestInit["body"]): Uint8Array | null {
  if (given === undefined || given === null) return null;
  if (typeof given === "string") return toUtf8(given);
  if (isBytes(given)) return given;
  throw new TypeError("a body is text, a Uint8Array or pieces of one");
}

function toStream(given: AgentRequestInit["body"]): StreamedBody | null {
  const isObject = typeof given === "object" && given !== null;
  return isObject && asyncIterator in given ? given : null;
}

function checkAbort(init: AgentRequestInit): void {
  if (init.abort !== undefined && typeof init.abort.onAbort !== "function") {
    throw new TypeError("abort is the handle of createAborter");
  }
  if ((init as { signal?: unknown }).signal) throw new TypeError("there is no signal: pass abort, of createAborter");
}

/** Reads what the app passed to `fetch`. What no HTTP message can carry is a TypeError; its text names no value. */
export function toAppRequest(url: string, init: AgentRequestInit = {}): AppRequest {
  checkAbort(init);
  const method = toMethod(init.method ?? "GET");
  const headers = toHeaders(init.headers);
  const stream = toStream(init.body);
  const body = stream === null ? toBody(init.body) : null;
  if ((body !== null || stream !== null) && (method === "GET" || method === "HEAD"))
    throw new TypeError("GET and HEAD have no body");
  if (typeof init.body === "string" && !headers.some(([name]) => name.toLowerCase() === "content-type")) {
    headers.push(["content-type", "text/plain;charset=UTF-8"]);
  }
  return { url: String(url), method, headers, body, stream };
}

/** The sole value of a header as the app wrote it, several joined by a comma; null where it is absent. */
export function headerValue(headers: Headers, name: string): string | null {
  const values = headers.filter(([each]) => each.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  return values.length === 0 ? null : values.join(", ");
}

/** The headers with this one in place of every one of its name. */
export function withHeader(headers: Headers, name: string, value: string): Headers {
  return [...headers.filter(([each]) => each.toLowerCase() !== name.toLowerCase()), [name, value]];
}

export function withoutHeaders(headers: Headers, names: readonly string[]): Headers {
  return headers.filter(([name]) => !names.includes(name.toLowerCase()));
}
