import type { ServerResponse } from "node:http";
import { fillRequest, type ProblemCode } from "@countersign/protocol";
import type { Injection } from "./injection.ts";
import { createMask } from "./mask.ts";
import type { DecoyAnswer, Decoys } from "./ports.ts";

const retryAfterSeconds = 60;
const retried: ReadonlySet<number> = new Set([429, 503]);
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

export interface DecoyCall {
  readonly plan: Injection;
  readonly api: string;
  readonly decoys: Decoys;
  readonly pause: (aboutMs: number) => Promise<void>;
}

/**
 * Answers a decoy's call with what the API is said to answer, after the checks of any call: the places are filled, with canaries, and the
 * answer is masked of them. No value is opened and nothing leaves the machine.
 */
export async function answerDecoy(
  { plan, api, decoys, pause }: DecoyCall,
  response: ServerResponse,
): Promise<ProblemCode | null> {
  const canaries = new Map<string, string>();
  for (const name of plan.secrets) {
    const canary = decoys.canaryOf(name, plan.bearer);
    if (canary === null) return "unavailable";
    canaries.set(name, canary);
  }
  if (fillRequest({ ...plan, secretOf: (name) => canaries.get(name) ?? null }).kind !== "filled")
    return "place_refused";
  const answer = decoys.answerOf(api);
  await pause(answer.delayMs);
  send(answer, plan.method, [...canaries.values()], response);
  return null;
}

function send(
  { status, contentType, body }: DecoyAnswer,
  method: string,
  values: readonly string[],
  to: ServerResponse,
) {
  const stream = createMask(values).stream();
  const masked = Buffer.concat([stream.push(Buffer.from(body)), stream.end()]);
  const wait = retried.has(status) ? { "retry-after": String(retryAfterSeconds) } : {};
  if (bodiless.has(status)) {
    to.writeHead(status, wait).end();
    return;
  }
  to.writeHead(status, { "content-type": contentType, "content-length": String(masked.length), ...wait });
  to.end(method === "HEAD" ? undefined : masked);
}
