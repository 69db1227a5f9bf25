import { createHash } from "node:crypto";
import { type Request, sign } from "aws4";
import type { AwsCredentials } from "./aws-credentials.ts";

/** A request as it arrived. */
export interface ArrivedRequest {
  readonly method: string;
  /** Path and query, undecoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string | Uint8Array;
}

const header = (request: ArrivedRequest, name: string): string => {
  const value = request.headers[name];
  return typeof value === "string" ? value : (value ?? []).join(",");
};

/**
 * Judges an arrived request as AWS would, by another implementation: scope, key, time (15 minutes), body, and the signature made anew over what
 * it says it covers. Gives what is wrong, or null.
 */
export function faultOfAws(
  request: ArrivedRequest,
  expected: {
    readonly credentials: AwsCredentials;
    readonly region: string;
    readonly service: string;
    readonly nowMs: number;
  },
): string | null {
  const { credentials, region, service, nowMs } = expected;
  const authorization = header(request, "authorization");
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}$/.exec(
      authorization,
    );
  if (match === null) return "no signature";
  const [, key, day, atRegion, ofService, names = ""] = match;
  if (key !== credentials.accessKeyId || atRegion !== region || ofService !== service) return "another scope";
  const date = header(request, "x-amz-date");
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (day !== date.slice(0, 8) || !(Math.abs(at - nowMs) <= 15 * 60_000)) return "another time";
  const covered = names.split(";");
  const must = Object.keys(request.headers).filter((name) => name === "host" || name.startsWith("x-amz-"));
  if (!must.every((name) => covered.includes(name))) return "a header is not covered";
  if (header(request, "x-amz-security-token") !== (credentials.sessionToken ?? "")) return "another token";
  if (header(request, "x-amz-content-sha256") !== createHash("sha256").update(request.body).digest("hex"))
    return "another body";
  const asked: Request & { readonly extraHeadersToIgnore: Readonly<Record<string, boolean>> } = {
    method: request.method,
    path: request.target,
    headers: Object.fromEntries(covered.map((name) => [name, header(request, name)])),
    body: Buffer.from(request.body).toString("latin1"),
    // What it would add by itself.
    extraHeadersToIgnore: { "content-length": true, "content-type": !covered.includes("content-type") },
    service,
    region,
  };
  const { accessKeyId, secretAccessKey } = credentials;
  const made = sign(asked, { accessKeyId, secretAccessKey });
  const { Authorization: again } = made.headers ?? {};
  return again === authorization ? null : "another signature";
}
