import { expect, it } from "vitest";
import { EventStreamReader } from "./event-stream.ts";

it("is ended where one event grows without bound, on one line or on many", () => {
  const many = new EventStreamReader(() => {});
  let pushed = 0;
  while (many.push(`data: ${"x".repeat(100)}\n`) && pushed < 1000) pushed += 1;
  expect(pushed).toBeLessThan(50);
  expect(new EventStreamReader(() => {}).push("x".repeat(5000))).toBe(false);
});

it("goes on however many events there are", () => {
  const seen: string[] = [];
  const reader = new EventStreamReader((data) => seen.push(data));
  for (let count = 0; count < 1000; count += 1) expect(reader.push(`data: ${count}\n\n`)).toBe(true);
  expect(seen).toHaveLength(1000);
});
