import type { AdapterOptions } from "../adapter/adapter-options.ts";
import { createGate, type RequestVerifier } from "../adapter/gate.ts";
import { toRequestView } from "../request-view.ts";
import type { Verification } from "../verification.ts";

export type { AdapterOptions } from "../adapter/adapter-options.ts";

/** Whether a Fetch request passes, and what to answer where it does not. */
export type FetchPassage =
  | { readonly pass: true; readonly verification: Verification | null }
  | { readonly pass: false; readonly verification: Verification; readonly response: Response };

/** For routers: decides on a request and makes the answer to a refused one. The request's body stays readable. */
export function countersign(verifier: RequestVerifier, options?: AdapterOptions) {
  const gate = createGate(verifier, options);
  return async (request: Request): Promise<FetchPassage> => {
    const passage = await gate.decide(null, toRequestView(request, gate.settings.bodyLimitBytes));
    if (passage.pass) return passage;
    const { status, headers, body } = passage.answer;
    return { pass: false, verification: passage.verification, response: new Response(body, { status, headers }) };
  };
}

/**
 * Guards a Fetch handler: `export default { fetch: protect(verifier, handler) }`. The handler runs for what passes alone; it is given
 * the request, its verification (null on a preflight that was not verified) and what the runtime handed on after the request.
 */
export function protect<Rest extends readonly unknown[]>(
  verifier: RequestVerifier,
  handler: (request: Request, verification: Verification | null, ...rest: Rest) => Response | Promise<Response>,
  options?: AdapterOptions,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const check = countersign(verifier, options);
  return async (request, ...rest) => {
    const passage = await check(request);
    return passage.pass ? handler(request, passage.verification, ...rest) : passage.response;
  };
}
