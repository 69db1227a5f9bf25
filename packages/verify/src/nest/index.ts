import type { ServerResponse } from "node:http";
import type { AdapterOptions } from "../adapter/adapter-options.ts";
import { createGate, type Gate, type RequestVerifier } from "../adapter/gate.ts";
import { toNodeView } from "../adapter/node-view.ts";
import type { NodeMessage } from "../adapter/read-node-body.ts";
import type { RefusalAnswer } from "../adapter/refusal-answer.ts";
import { sendNodeAnswer } from "../adapter/send-node-answer.ts";

export type { AdapterOptions } from "../adapter/adapter-options.ts";
export type { RefusalAnswer } from "../adapter/refusal-answer.ts";

/** What is used of Nest's execution context. */
export interface NestContext {
  getType(): string;
  switchToHttp(): { getRequest(): unknown; getResponse(): unknown };
}

export interface NestOptions extends AdapterOptions {
  /** Makes what a refused request throws, for applications whose exception filter writes every answer. Default: the guard answers itself. */
  readonly toException?: (answer: RefusalAnswer) => unknown;
}

type Carrier<T> = T & { readonly raw?: T; hijack?(): unknown };

/**
 * A guard: `app.useGlobalGuards(new CountersignGuard(verifier))` or `@UseGuards(new CountersignGuard(verifier))`. Leaves the
 * verification on `request.countersign`. Nest parses bodies before guards: where a proof covers them, create the application with
 * `{ rawBody: true }`. Contexts other than HTTP are refused in enforce mode. Works on Express and on Fastify.
 */
export class CountersignGuard {
  readonly #gate: Gate;
  readonly #toException: NestOptions["toException"];

  constructor(verifier: RequestVerifier, options: NestOptions = {}) {
    this.#gate = createGate(verifier, options);
    this.#toException = options.toException;
  }

  async canActivate(context: NestContext): Promise<boolean> {
    if (context.getType() !== "http") return this.#gate.settings.mode === "monitor";
    const http = context.switchToHttp();
    const request = http.getRequest() as Carrier<NodeMessage>;
    const message = request.raw ?? request;
    if (request.rawBody !== undefined && message.rawBody === undefined)
      Object.assign(message, { rawBody: request.rawBody });
    const passage = await this.#gate.decide(message, toNodeView(message, this.#gate.settings.bodyLimitBytes));
    if (passage.pass) {
      if (passage.verification !== null) Object.assign(request, { countersign: passage.verification });
      return true;
    }
    if (this.#toException !== undefined) throw this.#toException(passage.answer);
    const response = http.getResponse() as Carrier<ServerResponse>;
    // Tells Fastify that the answer is not its own to send.
    response.hijack?.();
    sendNodeAnswer(response.raw ?? response, passage.answer);
    return false;
  }
}
