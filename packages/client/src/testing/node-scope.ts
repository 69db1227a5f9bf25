import type { Scope } from "../interceptors/scope.ts";

/** Node's own members, to be protected without touching the process. */
export function nodeScope(): Scope & { fetch: typeof fetch; WebSocket: typeof WebSocket } {
  const { Blob, CloseEvent, DOMException, Event, EventTarget, FormData, Headers, MessageEvent } = globalThis;
  const { ReadableStream, Request, Response, TextDecoder, URL, URLSearchParams, fetch, WebSocket } = globalThis;
  const events = { CloseEvent, DOMException, Event, EventTarget, MessageEvent };
  const bodies = { Blob, FormData, Headers, ReadableStream, Request, Response, TextDecoder, URL, URLSearchParams };
  return { ...events, ...bodies, fetch, WebSocket };
}
