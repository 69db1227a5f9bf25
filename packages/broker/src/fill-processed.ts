import { fillRequest, type Manifest } from "@countersign/protocol";
import type { Injection } from "./injection.ts";
import { makeMac, type RequestToSign, withHeaders } from "./make-mac.ts";
import type { Processor } from "./secret-terms.ts";
import type { HeaderPairs } from "./strip-headers.ts";

/** A request on its way from unfilled to filled. */
export interface Filling {
  readonly url: string;
  readonly headers: HeaderPairs;
  readonly body: Uint8Array | null;
}

/** What one secret made of a request, and what the answer is masked of besides. */
export interface Processed {
  readonly request: Filling;
  readonly values: readonly string[];
}

const only = (manifest: Manifest, names: readonly string[]): Manifest => ({
  ...manifest,
  secrets: manifest.secrets.filter(({ name }) => names.includes(name)),
});

/** Fills the places of these secrets alone; null where a value does not fit. */
export function fillOnly(plan: Injection, request: Filling, values: ReadonlyMap<string, string>): Filling | null {
  const filled = fillRequest({
    ...request,
    method: plan.method,
    manifest: only(plan.manifest, [...values.keys()]),
    secretOf: (name) => values.get(name) ?? null,
  });
  return filled.kind === "filled" ? { url: filled.url.text, headers: filled.headers, body: filled.body } : null;
}

function toSign(plan: Injection, { url, headers, body }: Filling): RequestToSign {
  const [, host = "", path = "", query = ""] = /^https:\/\/([^/]+)([^?]*)\??(.*)$/s.exec(url) ?? [];
  return { method: plan.method, host, path, query, headers, body };
}

export interface Processing {
  readonly plan: Injection;
  readonly name: string;
  readonly value: string;
  readonly nowMs: number;
  readonly nonce: string;
}

/** Puts the MAC of the request under the secret into its place; null where it cannot be made or does not fit. */
export function fillProcessed(
  request: Filling,
  processor: Processor,
  { plan, name, value, ...at }: Processing,
): Processed | null {
  const made = makeMac(processor, value, toSign(plan, request), at);
  if (made === null) return null;
  const headed = { ...request, headers: withHeaders(request.headers, made.headers) };
  const filled = fillOnly(plan, headed, new Map([[name, made.mac]]));
  // A MAC of what was asked is good for whoever asks it again, elsewhere than here.
  return filled === null ? null : { request: filled, values: [made.mac] };
}
