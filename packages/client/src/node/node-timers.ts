import type { Timers } from "../ports.ts";

/** Node's timers. They keep a process alive until the agent is stopped. */
export function nodeTimers(): Timers {
  return {
    after: (delayMs, call) => {
      const timer = setTimeout(call, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
