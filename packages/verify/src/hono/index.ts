import type { AdapterOptions } from "../adapter/adapter-options.ts";
import { createGate, type RequestVerifier } from "../adapter/gate.ts";
import { toHeaderLines } from "../adapter/node-view.ts";
import { readFetchBody } from "../adapter/read-fetch-body.ts";
import { type RequestView, toRequestView } from "../request-view.ts";
import type { Verification } from "../verification.ts";

export type { AdapterOptions } from "../adapter/adapter-options.ts";

/** Variables that the middleware sets: `new Hono<{ Variables: CountersignVariables }>()`. */
export interface CountersignVariables {
  /** Absent on a preflight that was not verified. */
  countersign: Verification;
}

/** What is used of Hono's context. */
export interface HonoContext {
  readonly req: { readonly raw: Request };
  readonly env: unknown;
  set(name: "countersign", value: Verification): void;
}

/** Node's request under `@hono/node-server`, which knows the header lines and the URL as received. */
function toIncoming(env: unknown): { readonly rawHeaders: readonly string[]; readonly url: string } | null {
  const incoming = (env as { readonly incoming?: { readonly rawHeaders?: unknown; readonly url?: unknown } } | null)
    ?.incoming;
  const { rawHeaders, url } = incoming ?? {};
  return Array.isArray(rawHeaders) && typeof url === "string" ? { rawHeaders, url } : null;
}

function toView(context: HonoContext, bodyLimitBytes: number): RequestView {
  const { raw } = context.req;
  const incoming = toIncoming(context.env);
  if (incoming === null) return toRequestView(raw, bodyLimitBytes);
  return {
    method: raw.method,
    url: incoming.url,
    headers: toHeaderLines(incoming.rawHeaders),
    body: () => readFetchBody(raw, bodyLimitBytes),
  };
}

/**
 * Verifies every request that comes by and leaves the verification in `c.get("countersign")`. Use it before anything that reads the
 * body; what comes after can read it as before.
 */
export function countersign(verifier: RequestVerifier, options?: AdapterOptions) {
  const gate = createGate(verifier, options);
  return async (context: HonoContext, next: () => Promise<void>): Promise<Response | undefined> => {
    const passage = await gate.decide(context, toView(context, gate.settings.bodyLimitBytes));
    if (!passage.pass) {
      const { status, headers, body } = passage.answer;
      return new Response(body, { status, headers });
    }
    if (passage.verification !== null) context.set("countersign", passage.verification);
    await next();
    return undefined;
  };
}
