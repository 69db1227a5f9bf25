import { describe, expect, it } from "vitest";
import { AgentClock } from "./agent-clock.ts";

function handClock(runsInSleep: boolean) {
  const hand = { continuousMs: 1000, wallMs: 50_000 };
  const clock = new AgentClock({
    runsInSleep,
    continuousMs: () => hand.continuousMs,
    wallMs: () => hand.wallMs,
  });
  return { hand, clock, startMs: clock.nowMs() };
}

describe("with a clock that runs in sleep", () => {
  it("counts that clock alone, wherever the wall clock goes", () => {
    const { hand, clock, startMs } = handClock(true);
    hand.wallMs += 1e12;
    expect(clock.nowMs() - startMs).toBe(0);
    hand.wallMs -= 2e12;
    hand.continuousMs += 700;
    expect([clock.nowMs() - startMs, clock.setBacks()]).toEqual([700, 0]);
  });

  it("takes the time since the clock began anew as the least age of an older moment", () => {
    const { hand, clock } = handClock(true);
    hand.continuousMs = 9_000_000;
    const moment = clock.moment();
    hand.continuousMs = 60_000;
    expect(clock.ageMs(moment)).toBe(60_000);
  });
});

describe("with a clock that may stand still in sleep", () => {
  it("counts whichever clock has advanced more", () => {
    const { hand, clock, startMs } = handClock(false);
    hand.continuousMs += 10;
    hand.wallMs += 60_000;
    expect(clock.nowMs() - startMs).toBe(60_000);
    const other = handClock(false);
    other.hand.continuousMs += 500;
    other.hand.wallMs += 20;
    expect(other.clock.nowMs() - other.startMs).toBe(500);
  });

  it("does not run fast, however often and unevenly the clocks are read", () => {
    const { hand, clock, startMs } = handClock(false);
    for (let tick = 0; tick < 1000; tick += 1) {
      hand.continuousMs += 1;
      clock.nowMs();
      hand.wallMs += 1;
      clock.nowMs();
    }
    expect(clock.nowMs() - startMs).toBe(1000);
  });

  it("goes on at once after the wall clock leapt years ahead and was set right again", () => {
    const { hand, clock } = handClock(false);
    hand.wallMs += 1e11;
    const far = clock.nowMs();
    hand.wallMs -= 1e11;
    clock.nowMs();
    hand.continuousMs += 60_000;
    hand.wallMs += 60_000;
    expect(clock.nowMs() - far).toBe(60_000);
  });

  it("never goes back, and tells when the wall clock went back more than 5 s", () => {
    const { hand, clock } = handClock(false);
    const before = clock.nowMs();
    hand.wallMs -= 4000;
    expect([clock.nowMs() >= before, clock.setBacks()]).toEqual([true, 0]);
    hand.wallMs -= 4000;
    expect([clock.nowMs() >= before, clock.setBacks()]).toEqual([true, 1]);
    hand.wallMs += 100;
    expect(clock.setBacks()).toBe(1);
  });
});
