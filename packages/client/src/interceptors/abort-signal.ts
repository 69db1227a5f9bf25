import type { AbortHandle } from "../ports.ts";

/** The platform's signal as the agent's own. */
export function toAbortHandle(signal: AbortSignal): AbortHandle {
  return {
    get aborted() {
      return signal.aborted;
    },
    onAbort(call) {
      if (signal.aborted) {
        call();
        return () => {};
      }
      const listener = (): void => call();
      signal.addEventListener("abort", listener, { once: true });
      return () => signal.removeEventListener("abort", listener);
    },
  };
}

/** What a caller who gave up is told: the signal's reason, as the platform tells it. */
export function abortReason(signal: AbortSignal): unknown {
  if (signal.reason !== undefined) return signal.reason;
  const error = new Error("This operation was aborted");
  error.name = "AbortError";
  return error;
}
