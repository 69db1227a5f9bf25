import { type ServerResponse, STATUS_CODES } from "node:http";
import type { ProblemCode } from "@countersign/protocol";
import type { Progress } from "./admit-call.ts";
import { type AnswerLinks, headersOfRewritten, isJsonText } from "./links/answer-links.ts";
import type { Mask } from "./mask.ts";
import type { BrokerLimits } from "./ports.ts";
import { type Editing, relayBody } from "./relay-body.ts";
import { rewriteLocation } from "./rewrite-location.ts";
import { type HeaderPairs, responseHeaders } from "./strip-headers.ts";
import type { UpstreamAnswer } from "./upstream-answer.ts";
import { isWholeAndPlain } from "./whole-answer.ts";

export interface AnsweredCall {
  /** Of what must not stand in it. */
  readonly mask: Mask;
  /** The URL that was asked, unfilled. */
  readonly url: string;
  /** Where the caller finds this API: `/b/{project}/{api}`. */
  readonly prefix: string;
  readonly limits: BrokerLimits;
  /** Null: links in it stay as they are. */
  readonly links: AnswerLinks | null;
}

function editLinks(links: AnswerLinks, headers: HeaderPairs, begin: (headers: HeaderPairs) => void): Editing {
  return {
    limit: links.limit,
    begin: async (body) => {
      const rewritten = body === null ? null : await links.rewrite(body);
      begin(rewritten === null ? headers : headersOfRewritten(headers, rewritten.length));
      return rewritten ?? body ?? Buffer.alloc(0);
    },
  };
}

/** Names and values as they came, one character per byte. Most hold nothing: then one search in all of them together says so. */
function maskHeaders(mask: Mask, headers: readonly [string, string][]): [string, string][] {
  if (!mask.standsIn(headers.flat().join("\n"))) return [...headers];
  return headers
    .filter(([name]) => !mask.standsIn(name))
    .map(([name, value]): [string, string] => [name, mask.latin1(value)]);
}

/** A reason phrase as it may be written (RFC 9112 §4): a status line is read with whatever an upstream put there. HTTP/2 has none, and a decoy the usual one. */
const phraseOf = (status: number, given: string): string =>
  /^[\t -~]+$/.test(given) ? given : (STATUS_CODES[status] ?? "unknown");

/** Sends an upstream's answer on, stripped and masked. Gives a code where it is refused before a byte of it was sent. Leaves nothing of it behind. */
export async function relayAnswer(
  upstream: UpstreamAnswer,
  call: AnsweredCall,
  response: ServerResponse,
  progress: Progress,
): Promise<ProblemCode | null> {
  try {
    return await relay(upstream, call, response, progress);
  } finally {
    upstream.destroy();
  }
}

async function relay(
  upstream: UpstreamAnswer,
  { mask, url, prefix, limits, links }: AnsweredCall,
  response: ServerResponse,
  progress: Progress,
): Promise<ProblemCode | null> {
  progress.upstreamStatus = upstream.status;
  if (!isWholeAndPlain(upstream)) return "upstream_refused";
  // RFC 9110 §8.6: an answer that has no body has no length either.
  const { "content-length": _, ...others } = upstream.headers;
  const given = upstream.status === 204 ? others : upstream.headers;
  const headers = maskHeaders(mask, responseHeaders(given));
  const { location } = upstream.headers;
  if (location !== undefined) {
    const rewritten = rewriteLocation(location, { upstream: new URL(url), prefix }, mask.standsIn);
    if (rewritten !== null) headers.push(["location", rewritten]);
  }
  const begin = (lines: HeaderPairs): void => {
    // What is there of the body by then goes out with them.
    response.cork();
    setImmediate(() => response.uncork());
    response.writeHead(upstream.status, phraseOf(upstream.status, mask.text(upstream.statusText)), lines.flat());
    response.flushHeaders();
  };
  const editing =
    links !== null && isJsonText(upstream.headers["content-type"]) ? editLinks(links, headers, begin) : undefined;
  if (editing === undefined) begin(headers);
  const relaying = { mask, limit: limits.responseBytes, idleMs: limits.idleMs, editing };
  if (await relayBody(upstream, response, relaying)) response.end();
  else if (!response.headersSent) return "upstream_unavailable";
  else response.destroy();
  return null;
}
