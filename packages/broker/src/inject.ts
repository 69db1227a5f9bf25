import { randomBytes } from "node:crypto";
import { fromUtf8, type Manifest, matchRequest, type Pass, type ProblemCode } from "@countersign/protocol";
import { type Filling, fillOnly, fillProcessed, type Processed } from "./fill-processed.ts";
import type { Injection } from "./injection.ts";
import type { Bearer, BrokerPorts, BrokerRequest } from "./ports.ts";
import type { Processor } from "./secret-terms.ts";
import { requestHeaders } from "./strip-headers.ts";

/** Holds values from here on. */
export interface Injected extends Filling {
  readonly ok: true;
  /** What the answer is masked of. */
  readonly values: readonly string[];
}

interface Refused {
  readonly ok: false;
  readonly code: ProblemCode;
}

export interface InjectionInput {
  readonly request: BrokerRequest;
  /** Scheme, host and port of the API, then the caller's `rest`. */
  readonly url: string;
  readonly api: string;
  readonly body: Uint8Array;
  /** Lower-case hex, of a body that is sent without being held: `body` is empty then. */
  readonly streamedSha256?: string | undefined;
  readonly manifest: Manifest;
  /** Whose app and brokered secrets count. */
  readonly pass: Bearer & Pick<Pass, "secrets">;
}

/** Path rules, then places: at least one secret must have its place in the request, or the broker would be an open relay. */
export function planInjection(input: InjectionInput): Injection | Refused {
  const { request, manifest } = input;
  if (!request.rest.startsWith("/") || request.rest.includes("#")) return { ok: false, code: "target_refused" };
  const unfilled = {
    url: input.url,
    method: request.method,
    headers: requestHeaders(request.headers),
    body: input.body.length === 0 ? null : input.body,
    streamedSha256: input.streamedSha256,
    manifest,
  };
  const match = matchRequest(unfilled);
  if (match.kind !== "matched" || match.api.api !== input.api) return { ok: false, code: "target_refused" };
  const secrets = match.demanded;
  if (secrets.length === 0 || !secrets.every((name) => input.pass.secrets.includes(name)))
    return { ok: false, code: "place_refused" };
  const { streamedSha256 } = input;
  return { ok: true, ...unfilled, streamedSha256, url: match.url.text, secrets, bearer: input.pass };
}

/** A signature of AWS covers whatever else is put into the request, so it is made last; of two, one would be replaced. */
const rankOf = ({ kind }: Processor): number => (kind === "aws-sigv4" ? 1 : 0);

/**
 * Reveals the secrets of the plan, and only those, and fills them: values first, then MACs over the request with its values, a signature of all of it
 * last.
 */
export async function injectSecrets(ports: BrokerPorts, project: string, plan: Injection): Promise<Injected | Refused> {
  const plain = new Map<string, string>();
  const processed: { readonly name: string; readonly value: string; readonly processor: Processor }[] = [];
  for (const name of plan.secrets) {
    const { processor } = await ports.termsOf(project, name);
    const bytes = (await ports.revealSecret(project, name, plan.bearer))?.reveal();
    const value = bytes === undefined ? null : fromUtf8(bytes);
    if (value === null || value === "") return { ok: false, code: "unavailable" };
    if (processor === null) plain.set(name, value);
    else processed.push({ name, value, processor });
  }
  const values = [...plain.values()];
  const { url, headers, body, streamedSha256 } = plan;
  let request: Filling | null = fillOnly(plan, { url, headers, body, streamedSha256 }, plain);
  for (const { name, value, processor } of processed.toSorted((a, b) => rankOf(a.processor) - rankOf(b.processor))) {
    if (request === null) break;
    const at = { nowMs: ports.nowMs(), nonce: randomBytes(16).toString("hex") };
    const made: Processed | null = await fillProcessed(request, processor, { plan, name, value, ...at });
    values.push(...(made?.values ?? []));
    request = made?.request ?? null;
  }
  return request === null ? { ok: false, code: "place_refused" } : { ok: true, ...request, values };
}
