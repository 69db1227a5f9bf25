import type { AbortHandle } from "./ports.ts";

/** An `AbortHandle` and the hand that fires it; the core has no AbortController. */
export interface Aborter {
  readonly handle: AbortHandle;
  abort(): void;
}

export function createAborter(): Aborter {
  let aborted = false;
  let calls: (() => void)[] = [];
  return {
    handle: {
      get aborted() {
        return aborted;
      },
      onAbort(call) {
        if (aborted) call();
        else calls.push(call);
      },
    },
    abort() {
      if (aborted) return;
      aborted = true;
      const waiting = calls;
      calls = [];
      for (const call of waiting) call();
    },
  };
}
