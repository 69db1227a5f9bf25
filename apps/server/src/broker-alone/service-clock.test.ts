import { expect, it } from "vitest";
import { createServiceClock } from "./service-clock.ts";

it("is this machine's until the service's is known, and moves no more than an answer proves", () => {
  let monotonic = 100;
  const clock = createServiceClock({ nowMs: () => 1_000_100, monotonicMs: () => monotonic });
  expect([clock.nowMs(), clock.knownSinceMs()]).toEqual([1_000_100, Number.POSITIVE_INFINITY]);
  monotonic = 150;
  clock.learn(5_000_000, 110, 150);
  expect(clock.nowMs()).toBe(5_000_000);
  monotonic = 1_150;
  expect(clock.nowMs()).toBe(5_001_000);
  // A slow answer says less: the clock stays where what it says allows it.
  clock.learn(5_000_600, 200, 1_150);
  expect(clock.nowMs()).toBe(5_001_000);
  clock.learn(4_000_000, 1_150, 1_150);
  expect([clock.nowMs(), clock.knownSinceMs()]).toEqual([4_000_000, 5_000_000]);
});
