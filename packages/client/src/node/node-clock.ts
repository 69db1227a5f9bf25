import type { Clock } from "../ports.ts";

/** Node's clocks. The monotonic one may stand still while the machine sleeps, so the wall clock's advance counts too. */
export function nodeClock(): Clock {
  return {
    runsInSleep: false,
    continuousMs: () => Number(process.hrtime.bigint() / 1_000_000n),
    wallMs: () => Date.now(),
  };
}
