import type { FastifyRequest } from "fastify";
import { type AskedRequest, valuesOf } from "../../domain/verifier/asked-request.ts";

/** How a proxy tells of the request that it asks about. */
export type AskedForm = "Original" | "Forwarded" | "Path";

/** The API that is meant, and the request as its client sent it to the proxy. */
export function toAskedRequest(
  { raw }: FastifyRequest,
  form: AskedForm,
): { readonly api: string; readonly asked: AskedRequest } {
  const target = raw.url ?? "";
  const [, , , api = ""] = target.split("/");
  const headers = linesOf(raw.rawHeaders);
  if (form === "Path") {
    const [start = ""] = /^\/[^/]+\/[^/]+\/[^/]+\/path/.exec(target) ?? [];
    return { api, asked: { method: raw.method ?? "", target: target.slice(start.length), headers } };
  }
  const prefix = form === "Original" ? "x-original" : "x-forwarded";
  const one = (name: string): string | null => {
    const [value = null, ...more] = valuesOf({ headers }, name);
    return more.length === 0 ? value : null;
  };
  return { api, asked: { method: one(`${prefix}-method`), target: one(`${prefix}-uri`), headers } };
}

function linesOf(rawHeaders: readonly string[]): readonly (readonly [string, string])[] {
  const lines: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) lines.push([rawHeaders[at] ?? "", rawHeaders[at + 1] ?? ""]);
  return lines;
}
