import { AgentError } from "../errors.ts";
import { abortReason } from "./abort-signal.ts";
import type { Scope } from "./scope.ts";

/** Old engines drop the option. */
function typeErrorOf(message: string, cause: unknown): TypeError {
  const error = new TypeError(message);
  Object.defineProperty(error, "cause", { value: cause, configurable: true, writable: true });
  return error;
}

/** A failure as `fetch` tells it: a TypeError whose `cause` is the agent's; where the caller gave up, the signal's reason. */
export function toFetchError(error: unknown, signal: AbortSignal | null | undefined): unknown {
  if (signal?.aborted === true) return abortReason(signal);
  if (error instanceof AgentError) return typeErrorOf(error.message, error);
  return error instanceof TypeError ? error : typeErrorOf("the request failed", error);
}

/** An error of the DOM, with its name where the platform has no such class. */
export function domError(scope: Scope, name: string, message: string): Error {
  if (scope.DOMException !== undefined) return new scope.DOMException(message, name);
  const error = new Error(message);
  error.name = name;
  return error;
}
