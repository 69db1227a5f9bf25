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
    hand.continuousMs += 500;
    hand.wallMs += 20;
    expect(clock.nowMs() - startMs).toBe(60_500);
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
