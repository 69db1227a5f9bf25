import type { Clock, Timers } from "../ports.ts";

interface Waiting {
  readonly atMs: number;
  readonly order: number;
  readonly call: () => void;
}

/** A continuous clock, a wall clock that can be set, and timers that fire only when `advance` passes them. */
export interface FakeTime {
  readonly clock: Clock;
  readonly timers: Timers;
  nowMs(): number;
  /** Lets time pass, firing timers in their order, and everything they start run as far as it can. */
  advance(ms: number): Promise<void>;
  /** Sets the device's wall clock by a leap. */
  leapWall(ms: number): void;
  /** How many timers wait. */
  waiting(): number;
}

/** Lets everything that can run without time passing run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export function createFakeTime(options: { runsInSleep?: boolean; wallStartMs?: number } = {}): FakeTime {
  let nowMs = 1_000_000;
  let wallMs = options.wallStartMs ?? 1_790_000_000_000;
  let order = 0;
  let waiting: Waiting[] = [];
  const clock: Clock = {
    runsInSleep: options.runsInSleep ?? true,
    continuousMs: () => nowMs,
    wallMs: () => wallMs,
  };
  return {
    clock,
    timers: {
      after(delayMs, call) {
        order += 1;
        const entry = { atMs: nowMs + delayMs, order, call };
        waiting.push(entry);
        return () => {
          waiting = waiting.filter((each) => each !== entry);
        };
      },
    },
    nowMs: () => nowMs,
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (;;) {
        const [next] = waiting
          .filter((each) => each.atMs <= untilMs)
          .sort((a, b) => a.atMs - b.atMs || a.order - b.order);
        if (next === undefined) break;
        waiting = waiting.filter((each) => each !== next);
        wallMs += Math.max(0, next.atMs - nowMs);
        nowMs = Math.max(nowMs, next.atMs);
        next.call();
        await settle();
      }
      wallMs += untilMs - nowMs;
      nowMs = untilMs;
      await settle();
    },
    leapWall(ms) {
      wallMs += ms;
    },
    waiting: () => waiting.length,
  };
}
