import type { AbortHandle, Timers } from "../ports.ts";

/** Waits on the injected timers; ends early, without error, where `abort` fires. Leaves nothing on `abort` once it ended. */
export function pause(timers: Timers, delayMs: number, abort?: AbortHandle): Promise<void> {
  return new Promise((resolve) => {
    if (abort?.aborted === true) return resolve();
    let undo = (): void => {};
    const cancel = timers.after(delayMs, () => {
      undo();
      resolve();
    });
    undo =
      abort?.onAbort(() => {
        cancel();
        resolve();
      }) ?? undo;
  });
}
