import type { RawAnswer } from "./exchange.ts";

/** Attacks begin from a genuine state; where that cannot be reached, what follows would prove nothing. */
export function assertSession(answer: RawAnswer, what: string): void {
  if (answer.outcome === "session") return;
  throw new Error(`${what} did not get a session: ${answer.problem ?? answer.reason ?? answer.outcome ?? "nothing"}`);
}
