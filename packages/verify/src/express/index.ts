import type { ServerResponse } from "node:http";
import type { AdapterOptions } from "../adapter/adapter-options.ts";
import { createGate, type RequestVerifier } from "../adapter/gate.ts";
import { toNodeView } from "../adapter/node-view.ts";
import type { NodeMessage } from "../adapter/read-node-body.ts";
import { sendNodeAnswer } from "../adapter/send-node-answer.ts";

export type { AdapterOptions } from "../adapter/adapter-options.ts";
export { captureRawBody } from "./capture-raw-body.ts";

/** A middleware of Express 4 and 5, Connect and whatever takes theirs. */
export type ExpressMiddleware = (
  request: NodeMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void>;

/**
 * Verifies every request that comes by and leaves the verification on `request.countersign`. Mount it before body parsers: it then
 * reads a body that a proof covers by itself and puts it back. After a parser it needs `captureRawBody`.
 */
export function countersign(verifier: RequestVerifier, options?: AdapterOptions): ExpressMiddleware {
  const gate = createGate(verifier, options);
  return async (request, response, next) => {
    try {
      const passage = await gate.decide(request, toNodeView(request, gate.settings.bodyLimitBytes));
      if (!passage.pass) return sendNodeAnswer(response, passage.answer);
      if (passage.verification !== null) Object.assign(request, { countersign: passage.verification });
    } catch (error) {
      return next(error);
    }
    next();
  };
}
