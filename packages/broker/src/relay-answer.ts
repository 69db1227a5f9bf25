import type { IncomingMessage, ServerResponse } from "node:http";
import type { ProblemCode } from "@countersign/protocol";
import type { Progress } from "./admit-call.ts";
import { createMask } from "./mask.ts";
import type { BrokerLimits } from "./ports.ts";
import { relayBody } from "./relay-body.ts";
import { rewriteLocation } from "./rewrite-location.ts";
import { responseHeaders } from "./strip-headers.ts";
import { isWholeAndPlain } from "./whole-answer.ts";

export interface AnsweredCall {
  /** What the answer is masked of. */
  readonly values: readonly string[];
  /** The URL that was asked, unfilled. */
  readonly url: string;
  /** Where the caller finds this API: `/b/{project}/{api}`. */
  readonly prefix: string;
  readonly limits: BrokerLimits;
}

/** Sends an upstream's answer on, stripped and masked. Gives a code where it is refused before a byte of it was sent. */
export async function relayAnswer(
  upstream: IncomingMessage,
  { values, url, prefix, limits }: AnsweredCall,
  response: ServerResponse,
  progress: Progress,
): Promise<ProblemCode | null> {
  progress.upstreamStatus = upstream.statusCode ?? 0;
  if (!isWholeAndPlain(upstream)) {
    upstream.destroy();
    return "upstream_refused";
  }
  const mask = createMask(values);
  const holdsValue = (text: string): boolean => mask.text(text) !== text;
  const headers = responseHeaders(upstream.headers)
    .filter(([name]) => !mask.standsIn(name))
    .map(([name, value]): [string, string] => [name, mask.text(value)]);
  const { location } = upstream.headers;
  if (location !== undefined) {
    const rewritten = rewriteLocation(location, { upstream: new URL(url), prefix }, holdsValue);
    if (rewritten !== null) headers.push(["location", rewritten]);
  }
  response.writeHead(upstream.statusCode ?? 502, mask.text(upstream.statusMessage ?? ""), headers.flat());
  response.flushHeaders();
  const relaying = { mask, limit: limits.responseBytes, idleMs: limits.idleMs };
  if (await relayBody(upstream, response, relaying)) response.end();
  else response.destroy();
  return null;
}
