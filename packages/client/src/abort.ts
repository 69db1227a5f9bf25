import type { AbortHandle } from "./ports.ts";

/** An `AbortHandle` and the hand that fires it; the core has no AbortController. */
export interface Aborter {
  readonly handle: AbortHandle;
  abort(): void;
}

export function createAborter(): Aborter {
  let aborted = false;
  const calls = new Set<{ readonly call: () => void }>();
  return {
    handle: {
      get aborted() {
        return aborted;
      },
      onAbort(call) {
        const entry = { call };
        if (aborted) call();
        else calls.add(entry);
        return () => void calls.delete(entry);
      },
    },
    abort() {
      if (aborted) return;
      aborted = true;
      const waiting = [...calls];
      calls.clear();
      for (const { call } of waiting) call();
    },
  };
}

/** Aborted where one of the two is; calls back once for each that fires. */
export function eitherAbort(one: AbortHandle, other: AbortHandle): AbortHandle {
  return {
    get aborted() {
      return one.aborted || other.aborted;
    },
    onAbort(call) {
      const undo = [one.onAbort(call), other.onAbort(call)];
      return () => {
        for (const each of undo) each();
      };
    },
  };
}
