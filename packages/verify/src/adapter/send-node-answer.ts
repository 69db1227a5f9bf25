import type { ServerResponse } from "node:http";
import type { RefusalAnswer } from "./refusal-answer.ts";

/** Sends a refusal on Node's own response, whole. Nothing where somebody, such as a timeout, answered while the verifier was at work. */
export function sendNodeAnswer(response: ServerResponse, answer: RefusalAnswer): void {
  if (response.headersSent) return;
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.end(answer.body);
}
