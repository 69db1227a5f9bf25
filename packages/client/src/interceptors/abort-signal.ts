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

/** What is waited for, or the signal's reason as soon as it fires. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (signal === null || signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const undo = toAbortHandle(signal).onAbort(() => reject(abortReason(signal)));
    promise.then(resolve, reject).finally(undo);
  });
}

/** What a caller who gave up is told: the signal's reason, as the platform tells it. */
export function abortReason(signal: AbortSignal): unknown {
  if (signal.reason !== undefined) return signal.reason;
  const error = new Error("This operation was aborted");
  error.name = "AbortError";
  return error;
}
