import { expect, test } from "vitest";
import { createCallGate } from "./call-gate.ts";

test("lets so many calls of one instance in, and so many of all, and the next when one has left", () => {
  const gate = createCallGate({ calls: 3, perInstance: 2 });
  const first = gate.enter("p", "a");
  expect(gate.enter("p", "a").ok).toBe(true);
  expect(gate.enter("p", "a")).toEqual({ ok: false, code: "slow_down" });
  const other = gate.enter("p", "b");
  expect(gate.enter("p", "c")).toEqual({ ok: false, code: "unavailable" });
  if (first.ok) first.leave();
  expect(gate.enter("p", "c").ok).toBe(true);
  expect(gate.enter("p", "a")).toEqual({ ok: false, code: "unavailable" });
  if (other.ok) other.leave();
  expect(gate.enter("p", "a").ok).toBe(true);
});

test("keeps a quarter of its places from any one project", () => {
  const gate = createCallGate({ calls: 8, perInstance: 8 });
  const entered = Array.from({ length: 6 }, (_, at) => gate.enter("slow", `${at}`));
  expect(entered.every(({ ok }) => ok)).toBe(true);
  expect(gate.enter("slow", "another")).toEqual({ ok: false, code: "unavailable" });
  expect([gate.enter("other", "a").ok, gate.enter("other", "b").ok]).toEqual([true, true]);
  expect(gate.enter("third", "a")).toEqual({ ok: false, code: "unavailable" });
  const [first] = entered;
  if (first?.ok === true) first.leave();
  expect(gate.enter("slow", "another").ok).toBe(true);
});
