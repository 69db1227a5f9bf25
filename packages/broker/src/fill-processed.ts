import { fillRequest, type Manifest, parseStrictUrl } from "@countersign/protocol";
import { parseAwsCredentials } from "./aws-credentials.ts";
import type { Injection } from "./injection.ts";
import { makeMac, type RequestToSign, withHeaders } from "./make-mac.ts";
import type { AwsProcessor, HmacProcessor, Processor } from "./secret-terms.ts";
import { signAws } from "./sign-aws.ts";
import type { HeaderPairs } from "./strip-headers.ts";

/** A request on its way from unfilled to filled. */
export interface Filling {
  readonly url: string;
  readonly headers: HeaderPairs;
  readonly body: Uint8Array | null;
  /** Lower-case hex, of a body that is sent without being held: `body` is null then. */
  readonly streamedSha256?: string | undefined;
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
  if (filled.kind !== "filled") return null;
  return { ...request, url: filled.url.text, headers: filled.headers, body: filled.body };
}

function toSign(plan: Injection, { url, ...request }: Filling): RequestToSign {
  const [, host = "", path = "", query = ""] = /^https:\/\/([^/]+)([^?]*)\??(.*)$/s.exec(url) ?? [];
  return { ...request, method: plan.method, host, path, query };
}

export interface Processing {
  readonly plan: Injection;
  readonly name: string;
  readonly value: string;
  readonly nowMs: number;
  readonly nonce: string;
}

function fillMac(
  request: Filling,
  processor: HmacProcessor,
  { plan, name, value, ...at }: Processing,
): Processed | null {
  const made = makeMac(processor, value, toSign(plan, request), at);
  if (made === null) return null;
  const headed = { ...request, headers: withHeaders(request.headers, made.headers) };
  const filled = fillOnly(plan, headed, new Map([[name, made.mac]]));
  // A MAC of what was asked is good for whoever asks it again, elsewhere than here.
  return filled === null ? null : { request: filled, values: [value, made.mac] };
}

async function fillAws(
  request: Filling,
  processor: AwsProcessor,
  { plan, name, value, nowMs }: Processing,
): Promise<Processed | null> {
  const credentials = parseAwsCredentials(value);
  const asked = toSign(plan, request);
  const signed = credentials === null ? null : await signAws(processor, credentials, asked, nowMs);
  if (credentials === null || signed === null) return null;
  const { path, query, authorization, signature } = signed;
  const url = parseStrictUrl(`https://${asked.host}${path}${query === "" ? "" : `?${query}`}`, plan.manifest.apis);
  // The place is found in the request as it was judged; elsewhere than in its place a signature signs nothing.
  const filled = fillOnly(plan, { ...request, headers: signed.headers }, new Map([[name, authorization]]));
  const placed = filled?.headers.filter(([header]) => header.toLowerCase() === "authorization") ?? [];
  if (filled === null || !url.ok || placed.length !== 1 || placed[0]?.[1] !== authorization) return null;
  return { request: { ...filled, url: url.url.text }, values: [...Object.values(credentials), signature] };
}

/**
 * Puts what a processor makes of the request and the secret into the secret's place; null where it cannot be made or does not fit. `values` holds the
 * secret too, as it may stand in an answer.
 */
export async function fillProcessed(
  request: Filling,
  processor: Processor,
  processing: Processing,
): Promise<Processed | null> {
  return processor.kind === "hmac"
    ? fillMac(request, processor, processing)
    : await fillAws(request, processor, processing);
}
