import type { ServerResponse } from "node:http";
import type { RefusalAnswer } from "./refusal-answer.ts";

/** Sends a refusal on Node's own response, whole. */
export function sendNodeAnswer(response: ServerResponse, answer: RefusalAnswer): void {
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.end(answer.body);
}
