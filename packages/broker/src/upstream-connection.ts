import type { HeaderPairs } from "./strip-headers.ts";

/** A filled request, as it goes out. */
export interface SentRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: HeaderPairs;
  /** A stream is read at the upstream's pace; where it throws, the request is broken off without its end. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | null;
  /** Bytes of the body, where they are known. */
  readonly length: number | null;
}

/** Names in lower case; a name that stood more than once has its values as one list, `location` its first. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** What an upstream says to one request, in this order: `head`, `data`, and one of `end` and `fail`. */
export interface AnswerEvents {
  head(status: number, statusText: string, headers: AnswerHeaders): void;
  data(chunk: Buffer): void;
  /** The answer is whole. */
  end(): void;
  /** Nothing follows. `isOver`: the connection ended, as against an upstream that does not keep to the protocol. */
  fail(failure: AnswerFailure): void;
}

export interface AnswerFailure {
  readonly code: "upstream_refused" | "upstream_unavailable";
  readonly isOver: boolean;
}

/** One request on its way. */
export interface SentCall {
  pause(): void;
  resume(): void;
  /** Breaks it off; nothing more is said of it. On HTTP/1.1 the connection with it, on HTTP/2 its stream alone. */
  abort(): void;
}

/** A connection whose peer has proved itself. */
export interface UpstreamConnection {
  readonly protocol: "h1" | "h2";
  /** How many requests it would take now. */
  room(): number;
  /** Takes room for one request, which is then sent or given back. */
  take(): void;
  giveBack(): void;
  send(request: SentRequest, events: AnswerEvents): SentCall;
  /** Takes no more requests, and closes when those under way are done. */
  close(): void;
}

export interface ConnectionOptions {
  /** How long it stays open with nothing under way. */
  readonly idleMs: number;
  /** Called when it takes requests again. */
  readonly onRoom: () => void;
  readonly onClosed: () => void;
}

/** Most headers of an answer, and most bytes that they have together. */
export const headerBounds = { count: 256, bytes: 16_384 } as const;

/** Repeated headers as one list (RFC 9110 §5.3); null where there are too many. */
export function toAnswerHeaders(
  given: Readonly<Record<string, string | readonly string[] | undefined>>,
): AnswerHeaders | null {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  let count = 0;
  for (const name in given) {
    const value = given[name];
    if (value === undefined) continue;
    count += typeof value === "string" ? 1 : value.length;
    if (typeof value === "string") headers[name] = value;
    else headers[name] = name === "location" ? (value[0] ?? "") : value.join(", ");
  }
  return count > headerBounds.count ? null : headers;
}
