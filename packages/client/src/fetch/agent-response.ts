import { concatBytes, fromUtf8 } from "@countersign/protocol";
import { asyncIterator } from "../async-iterator.ts";
import { AgentError } from "../errors.ts";
import type { ChannelResponse } from "../ports.ts";
import { type Headers, headerValue } from "./app-request.ts";

/** What `fetch` gives. The body can be read once. */
export interface AgentResponse {
  readonly status: number;
  /** 200 to 299. */
  readonly ok: boolean;
  /** As the API sent them; names in lower case. */
  readonly headers: Headers;
  /** The last hop's URL with its placeholders: never a secret. */
  readonly url: string;
  readonly redirected: boolean;
  readonly body: AsyncIterable<Uint8Array>;
  /** A header's value, several joined by a comma; null where it is absent. */
  header(name: string): string | null;
  bytes(): Promise<Uint8Array>;
  /** The body as UTF-8; a byte order mark is dropped, bytes that are no UTF-8 become U+FFFD. */
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** A body whose failures are the agent's own errors. Leaving it, even before the first piece, leaves what is behind it. */
function guarded(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const source = body[asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      try {
        return await source.next();
      } catch (error) {
        const { code } = (typeof error === "object" && error !== null ? error : {}) as { code?: unknown };
        throw new AgentError(code === "aborted" ? "aborted" : "network_failed");
      }
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [asyncIterator]: () => iterator };
}

/** How long a sequence is that begins with this byte; 0 where none does. */
function lengthBy(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function isSequence(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === 0 || at + length > bytes.length) return false;
  return length === 1 || fromUtf8(bytes.subarray(at, at + length)) !== null;
}

/** UTF-8 with U+FFFD for every byte that does not belong to a well-formed sequence. */
export function decodeText(bytes: Uint8Array): string {
  const whole = fromUtf8(bytes);
  if (whole !== null) return whole;
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = lengthBy(bytes[at] ?? 0);
    if (isSequence(bytes, at, length)) {
      at += length;
      continue;
    }
    parts.push(fromUtf8(bytes.subarray(from, at)) ?? "", "\ufffd");
    at += 1;
    from = at;
  }
  parts.push(fromUtf8(bytes.subarray(from)) ?? "");
  return parts.join("");
}

export function toAgentResponse(response: ChannelResponse, url: string, redirected: boolean): AgentResponse {
  const { status } = response;
  const headers = response.headers.map(([name, value]): readonly [string, string] => [name.toLowerCase(), value]);
  const body = guarded(response.body);
  const bytes = async (): Promise<Uint8Array> => {
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    return concatBytes(...parts);
  };
  const text = async (): Promise<string> => decodeText(await bytes()).replace(/^\ufeff/, "");
  return {
    status,
    ok: status >= 200 && status < 300,
    headers,
    url,
    redirected,
    body,
    header: (name) => headerValue(headers, name),
    bytes,
    text,
    json: async () => JSON.parse(await text()) as unknown,
  };
}
