import type { AbortHandle, Timers } from "../ports.ts";

/** Waits on the injected timers; ends early, without error, where `abort` fires. */
export function pause(timers: Timers, delayMs: number, abort?: AbortHandle): Promise<void> {
  return new Promise((resolve) => {
    if (abort?.aborted === true) return resolve();
    const cancel = timers.after(delayMs, resolve);
    abort?.onAbort(() => {
      cancel();
      resolve();
    });
  });
}
