/** The time of the demo's service and devices. It never goes back: a service rightly trusts no ledger that was ahead of its clock. */
export interface DemoClock {
  nowMs(): number;
  /** Moves it ahead of real time; it then runs a fifth slower until real time has caught up, as NTP slews a clock. */
  advance(ms: number): void;
}

const slew = 0.2;

export function createDemoClock(realNowMs: () => number = Date.now): DemoClock {
  let [aheadMs, sinceMs] = [0, realNowMs()];
  const aheadAt = (realMs: number): number => Math.max(0, aheadMs - slew * (realMs - sinceMs));
  return {
    nowMs() {
      const realMs = realNowMs();
      return Math.floor(realMs + aheadAt(realMs));
    },
    advance(ms) {
      const realMs = realNowMs();
      [aheadMs, sinceMs] = [aheadAt(realMs) + ms, realMs];
    },
  };
}
