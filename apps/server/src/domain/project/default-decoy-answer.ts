import type { DecoyAnswer } from "../ports/index.ts";

/** What the broker answers a decoy's call with where the API names nothing: too many requests, which any API may say of any call. */
export const defaultDecoyAnswer: DecoyAnswer = {
  status: 429,
  contentType: "application/json",
  body: "{}",
  delayMs: 150,
};
