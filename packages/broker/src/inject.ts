import { fillRequest, fromUtf8, type Manifest, matchRequest, type Pass, type ProblemCode } from "@countersign/protocol";
import type { BrokerPorts, BrokerRequest } from "./ports.ts";
import { type HeaderPairs, requestHeaders } from "./strip-headers.ts";

/** A request that passed the path rules and asks, in places declared for it, only for secrets its bearer may use. No value is known yet. */
export interface Injection {
  readonly ok: true;
  /** Rebuilt by the strict rules, unfilled. */
  readonly url: string;
  readonly method: string;
  readonly headers: HeaderPairs;
  readonly body: Uint8Array | null;
  readonly manifest: Manifest;
  readonly secrets: readonly string[];
  readonly app: string;
}

export interface Injected {
  readonly ok: true;
  /** Holds values from here on. */
  readonly url: string;
  readonly headers: HeaderPairs;
  readonly body: Uint8Array | null;
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
  readonly manifest: Manifest;
  /** Whose app and brokered secrets count. */
  readonly pass: Pick<Pass, "app" | "secrets">;
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
    manifest,
  };
  const match = matchRequest(unfilled);
  if (match.kind !== "matched" || match.api.api !== input.api) return { ok: false, code: "target_refused" };
  const secrets = match.demanded;
  if (secrets.length === 0 || !secrets.every((name) => input.pass.secrets.includes(name)))
    return { ok: false, code: "place_refused" };
  return { ok: true, ...unfilled, url: match.url.text, secrets, app: input.pass.app };
}

/** Reveals the secrets of the plan, and only those, and fills them. */
export async function injectSecrets(ports: BrokerPorts, project: string, plan: Injection): Promise<Injected | Refused> {
  const values = new Map<string, string>();
  for (const name of plan.secrets) {
    const bytes = (await ports.revealSecret(project, name, plan.app))?.reveal();
    const value = bytes === undefined ? null : fromUtf8(bytes);
    if (value === null || value === "") return { ok: false, code: "unavailable" };
    values.set(name, value);
  }
  const filled = fillRequest({ ...plan, secretOf: (name) => values.get(name) ?? null });
  if (filled.kind !== "filled") return { ok: false, code: "place_refused" };
  return { ok: true, url: filled.url.text, headers: filled.headers, body: filled.body, values: [...values.values()] };
}
