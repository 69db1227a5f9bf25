import { expect, test } from "vitest";
import { createCallGate } from "./call-gate.ts";

test("lets so many calls of one instance in, and so many of all, and the next when one has left", () => {
  const gate = createCallGate({ calls: 3, perInstance: 2 });
  const first = gate.enter("a");
  expect(gate.enter("a").ok).toBe(true);
  expect(gate.enter("a")).toEqual({ ok: false, code: "slow_down" });
  const other = gate.enter("b");
  expect(gate.enter("c")).toEqual({ ok: false, code: "unavailable" });
  if (first.ok) first.leave();
  expect(gate.enter("c").ok).toBe(true);
  expect(gate.enter("a")).toEqual({ ok: false, code: "unavailable" });
  if (other.ok) other.leave();
  expect(gate.enter("a").ok).toBe(true);
});
