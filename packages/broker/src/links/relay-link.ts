import type { ServerResponse } from "node:http";
import type { ProblemCode } from "@countersign/protocol";
import { createMask } from "../mask.ts";
import type { BrokerLimits, BrokerPorts, DecoyAnswer, SealedLink } from "../ports.ts";
import { relayBody } from "../relay-body.ts";
import type { UpstreamAnswer } from "../upstream-answer.ts";
import type { AnswerHeaders } from "../upstream-connection.ts";
import { linkAnswerHeaders } from "./link-headers.ts";
import { type LinkedAddress, toLinkTarget } from "./link-target.ts";
import { makeLinks } from "./make-links.ts";

/** A link whose request was answered. */
export interface AnsweredLink {
  readonly project: string;
  readonly bearer: SealedLink;
  /** The URL that was asked. */
  readonly url: string;
  readonly linked: readonly LinkedAddress[];
  /** Whether a piece was asked for. */
  readonly ranged: boolean;
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** How long an answer may be kept: until its link ends, where it is good and the upstream does not say otherwise. */
function maxAgeOf(status: number, headers: AnswerHeaders, exp: number, nowMs: number): number | null {
  const isGood = status === 200 || status === 206 || status === 304;
  if (!isGood || /no-store|no-cache/i.test(headers["cache-control"] ?? "")) return null;
  return Math.max(0, exp - Math.ceil(nowMs / 1000));
}

/** As it is, and of the size that was asked for: a coding could hold more than anybody bargained for. */
function isPlain({ headers, status }: UpstreamAnswer, ranged: boolean): boolean {
  const coding = (headers["content-encoding"] ?? "identity").toLowerCase();
  const transfer = (headers["transfer-encoding"] ?? "chunked").toLowerCase();
  if (coding !== "identity" || transfer !== "chunked") return false;
  return status !== 206 || (ranged && !/multipart\//i.test(headers["content-type"] ?? ""));
}

/** Where a redirect leads: a link like the one that was opened, and no longer good than it; null where it leaves the linked paths. */
async function redirectOf(ports: Pick<BrokerPorts, "sealLinks">, location: string | undefined, link: AnsweredLink) {
  const { project, bearer, url, linked } = link;
  if (location === undefined || !URL.canParse(location, url)) return null;
  const found = toLinkTarget(new URL(location, url).href, linked);
  if (found === null) return null;
  const [href] = await makeLinks(ports, { origin: "", project, bearer }, [found]);
  return href ?? null;
}

/** Sends an upstream's answer to a link on. Gives a code where it is refused before a byte of it was sent. Leaves nothing of it behind. */
export async function relayLink(
  ports: Pick<BrokerPorts, "sealLinks" | "nowMs">,
  upstream: UpstreamAnswer,
  link: AnsweredLink,
  limits: BrokerLimits,
  response: ServerResponse,
): Promise<ProblemCode | null> {
  try {
    return await relay(ports, upstream, link, limits, response);
  } finally {
    upstream.destroy();
  }
}

async function relay(
  ports: Pick<BrokerPorts, "sealLinks" | "nowMs">,
  upstream: UpstreamAnswer,
  link: AnsweredLink,
  limits: BrokerLimits,
  response: ServerResponse,
): Promise<ProblemCode | null> {
  const { status, headers } = upstream;
  const isRedirect = status >= 300 && status < 400 && status !== 304;
  if (isRedirect || !isPlain(upstream, link.ranged)) {
    const location = redirects.has(status) ? await redirectOf(ports, headers.location, link) : null;
    if (location === null) return "upstream_refused";
    response.writeHead(status, { location, "content-length": "0", "cache-control": "private, no-store" }).end();
    return null;
  }
  const maxAge = maxAgeOf(status, headers, link.bearer.exp, ports.nowMs());
  response.writeHead(status, linkAnswerHeaders({ status, headers }, maxAge).flat());
  response.flushHeaders();
  // Nothing was put into the request, so nothing is looked for in the answer.
  const relaying = { mask: createMask([]), limit: limits.responseBytes, idleMs: limits.idleMs };
  if (await relayBody(upstream, response, relaying)) response.end();
  else response.destroy();
  return null;
}

/** Answers a decoy's link with what its API is said to answer, in the form of any link's answer. */
export function answerDecoyLink(
  { status, contentType, body }: DecoyAnswer,
  { method, exp, nowMs }: { readonly method: string; readonly exp: number; readonly nowMs: number },
  response: ServerResponse,
): void {
  const bytes = Buffer.from(body);
  const headers = { "content-type": contentType, "content-length": String(bytes.length) };
  response.writeHead(status, linkAnswerHeaders({ status, headers }, maxAgeOf(status, {}, exp, nowMs)).flat());
  response.end(method === "HEAD" ? undefined : bytes);
}
