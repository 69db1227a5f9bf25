import { expect, test } from "vitest";
import { createDemoClock } from "./demo-clock.ts";

test("the demo's clock never goes back, and comes back to real time", () => {
  let realMs = 1_000_000;
  const clock = createDemoClock(() => realMs);
  expect(clock.nowMs()).toBe(1_000_000);
  clock.advance(120_000);
  expect(clock.nowMs()).toBe(1_120_000);
  let last = clock.nowMs();
  for (let step = 0; step < 700; step += 1) {
    realMs += 1000;
    expect(clock.nowMs()).toBeGreaterThan(last);
    last = clock.nowMs();
  }
  expect(clock.nowMs()).toBe(realMs);
});
