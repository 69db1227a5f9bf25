import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExpiringMap } from "./expiring-map.ts";

describe("the expiring map", () => {
  const forget = (): void => {};

  it("answers as a plain map of what has not ended, under any sequence of writes", () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 20 }),
      lifeMs: fc.integer({ min: 1, max: 50 }),
      passMs: fc.integer({ min: 0, max: 10 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const map = new ExpiringMap<number>(1000, forget);
        const model = new Map<string, { value: number; expiresAtMs: number }>();
        let nowMs = 0;
        steps.forEach(({ key, lifeMs, passMs }, value) => {
          nowMs += passMs;
          map.set(String(key), value, nowMs + lifeMs, nowMs);
          model.set(String(key), { value, expiresAtMs: nowMs + lifeMs });
          for (const [name, held] of model)
            expect(map.get(name, nowMs)).toBe(nowMs < held.expiresAtMs ? held.value : undefined);
        });
      }),
    );
  });

  it("holds no more than what lives, in the long run", () => {
    const map = new ExpiringMap<number>(1_000_000, forget);
    for (let i = 0; i < 100_000; i += 1) map.set(`k${i}`, i, i + 100, i);
    expect(map.size).toBeLessThan(110);
  });

  it("forgets the entry that ends first where it is full, and says so", () => {
    const evicted: number[] = [];
    const map = new ExpiringMap<number>(3, (value) => evicted.push(value));
    map.set("a", 1, 300, 0);
    map.set("b", 2, 100, 0);
    map.set("c", 3, 200, 0);
    map.set("b", 4, 400, 0);
    map.set("d", 5, 500, 0);
    expect(evicted).toEqual([3]);
    expect(map.get("b", 399)).toBe(4);
    expect(map.size).toBe(3);
  });
});
