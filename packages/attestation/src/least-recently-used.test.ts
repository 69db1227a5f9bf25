import { expect, test } from "vitest";
import { LeastRecentlyUsed } from "./least-recently-used.ts";

test("forgets what was used longest ago, and never holds more than its maximum", () => {
  const map = new LeastRecentlyUsed<number>(2);
  map.set("a", 1);
  map.set("b", 2);
  expect(map.get("a")).toBe(1);
  map.set("c", 3);
  expect(map.get("b")).toBeUndefined();
  expect([map.get("a"), map.get("c"), map.size]).toEqual([1, 3, 2]);
});

test("keeps one entry of a name that is set again", () => {
  const map = new LeastRecentlyUsed<number>(2);
  map.set("a", 1);
  map.set("a", 2);
  expect([map.get("a"), map.size]).toEqual([2, 1]);
});
