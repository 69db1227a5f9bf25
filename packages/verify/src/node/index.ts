import type { IncomingMessage, ServerResponse } from "node:http";
import type { AdapterOptions } from "../adapter/adapter-options.ts";
import { createGate, type RequestVerifier } from "../adapter/gate.ts";
import { toNodeView } from "../adapter/node-view.ts";
import { sendNodeAnswer } from "../adapter/send-node-answer.ts";
import type { Verification } from "../verification.ts";

export type { AdapterOptions } from "../adapter/adapter-options.ts";

/** A request that a guard let pass. `countersign` is absent on a preflight that was not verified. */
export type GuardedRequest = IncomingMessage & { readonly countersign?: Verification };

/** A handler of `node:http`, `node:https` or `node:http2`. */
export type NodeHandler = (request: GuardedRequest, response: ServerResponse) => unknown;

/**
 * Guards a handler of Node's own servers: `createServer(countersign(verifier)(handler))`. The handler runs for what passes alone; what
 * it throws is rejected as by any asynchronous handler.
 */
export function countersign(verifier: RequestVerifier, options?: AdapterOptions) {
  const gate = createGate(verifier, options);
  return (handler: NodeHandler) =>
    async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const passage = await gate.decide(request, toNodeView(request, gate.settings.bodyLimitBytes));
      if (passage.pass) await handler(hang(request, passage.verification), response);
      else sendNodeAnswer(response, passage.answer);
    };
}

function hang(request: IncomingMessage, verification: Verification | null): GuardedRequest {
  return verification === null ? request : Object.assign(request, { countersign: verification });
}
