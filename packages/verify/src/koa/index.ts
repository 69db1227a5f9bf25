import type { AdapterOptions } from "../adapter/adapter-options.ts";
import { createGate, type RequestVerifier } from "../adapter/gate.ts";
import { toNodeView } from "../adapter/node-view.ts";
import type { NodeMessage } from "../adapter/read-node-body.ts";

export type { AdapterOptions } from "../adapter/adapter-options.ts";

/** What is used of Koa's context. */
export interface KoaContext {
  readonly req: NodeMessage;
  readonly originalUrl: string;
  readonly request: object;
  readonly state: Record<string, unknown>;
  status: number;
  body: unknown;
  set(name: string, value: string): void;
}

/**
 * Verifies every request that comes by and leaves the verification on `ctx.request.countersign` and `ctx.state.countersign`. Use it
 * before body parsers: it reads a body that a proof covers by itself and puts it back.
 */
export function countersign(verifier: RequestVerifier, options?: AdapterOptions) {
  const gate = createGate(verifier, options);
  return async (ctx: KoaContext, next: () => Promise<unknown>): Promise<void> => {
    const { rawBody } = ctx.request as { readonly rawBody?: unknown };
    if (rawBody !== undefined && ctx.req.rawBody === undefined) Object.assign(ctx.req, { rawBody });
    const view = { ...toNodeView(ctx.req, gate.settings.bodyLimitBytes), url: ctx.originalUrl };
    const passage = await gate.decide(ctx.req, view);
    if (passage.pass) {
      if (passage.verification !== null) {
        Object.assign(ctx.request, { countersign: passage.verification });
        ctx.state.countersign = passage.verification;
      }
      await next();
      return;
    }
    ctx.status = passage.answer.status;
    ctx.body = passage.answer.body;
    for (const [name, value] of Object.entries(passage.answer.headers)) ctx.set(name, value);
  };
}
