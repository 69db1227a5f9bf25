import type { ServerResponse } from "node:http";
import { fillRequest, type ProblemCode } from "@countersign/protocol";
import type { Injection } from "./injection.ts";
import { type AnswerLinks, isJsonText } from "./links/answer-links.ts";
import { createMask } from "./mask.ts";
import type { DecoyAnswer, Decoys } from "./ports.ts";
import { forOneCaller } from "./strip-headers.ts";

const retryAfterSeconds = 60;
const retried: ReadonlySet<number> = new Set([429, 503]);
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

export interface DecoyCall {
  readonly plan: Injection;
  readonly api: string;
  readonly decoys: Decoys;
  readonly pause: (aboutMs: number) => Promise<void>;
  /** Null: links in the answer stay as they are. */
  readonly links: AnswerLinks | null;
}

export type FilledCanaries =
  | { readonly ok: true; readonly values: readonly string[] }
  | { readonly ok: false; readonly code: "unavailable" | "place_refused" };

/** Fills the places of a decoy's request with canaries: what could not be filled with values is refused alike. */
export function fillCanaries(plan: Injection, decoys: Decoys): FilledCanaries {
  const canaries = new Map<string, string>();
  for (const name of plan.secrets) {
    const canary = decoys.canaryOf(name, plan.bearer);
    if (canary === null) return { ok: false, code: "unavailable" };
    canaries.set(name, canary);
  }
  const filled = fillRequest({ ...plan, secretOf: (name) => canaries.get(name) ?? null }).kind === "filled";
  return filled ? { ok: true, values: [...canaries.values()] } : { ok: false, code: "place_refused" };
}

/**
 * Answers a decoy's call with what the API is said to answer, after the checks of any call: the places are filled, with canaries, and the
 * answer is masked of them. No value is opened and nothing leaves the machine.
 */
export async function answerDecoy(
  { plan, api, decoys, pause, links }: DecoyCall,
  response: ServerResponse,
): Promise<ProblemCode | null> {
  const filled = fillCanaries(plan, decoys);
  if (!filled.ok) return filled.code;
  const answer = decoys.answerOf(api);
  await pause(answer.delayMs);
  const stream = createMask(filled.values).stream();
  const masked = Buffer.concat([stream.push(Buffer.from(answer.body)), stream.end()]);
  const rewritten = plan.method !== "HEAD" && isJsonText(answer.contentType) ? await links?.rewrite(masked) : null;
  send(answer, plan.method, rewritten ?? masked, response);
  return null;
}

function send({ status, contentType }: DecoyAnswer, method: string, body: Buffer, to: ServerResponse): void {
  const common = {
    ...(retried.has(status) ? { "retry-after": String(retryAfterSeconds) } : {}),
    "cache-control": forOneCaller,
  };
  if (bodiless.has(status)) {
    to.writeHead(status, common).end();
    return;
  }
  to.writeHead(status, { "content-type": contentType, "content-length": String(body.length), ...common });
  to.end(method === "HEAD" ? undefined : body);
}
