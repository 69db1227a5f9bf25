/** The time of the demo's service and devices: the real one, and what an attack moved it by. */
export interface DemoClock {
  nowMs(): number;
  advance(ms: number): void;
  /** Back to real time. */
  reset(): void;
}

export function createDemoClock(realNowMs: () => number = Date.now): DemoClock {
  let aheadMs = 0;
  return {
    nowMs: () => realNowMs() + aheadMs,
    advance: (ms) => {
      aheadMs += ms;
    },
    reset: () => {
      aheadMs = 0;
    },
  };
}
