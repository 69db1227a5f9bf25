import { describe, expect, it } from "vitest";
import { createMemoryReplayStore, ReplayStoreFullError } from "./memory-replay-store.ts";

describe("the memory replay store", () => {
  it("knows a key until its time is over", async () => {
    let nowMs = 0;
    const store = createMemoryReplayStore({ nowMs: () => nowMs });
    expect(await store.once("a", 10)).toBe(true);
    expect(await store.once("a", 10)).toBe(false);
    expect(await store.once("b", 10)).toBe(true);
    nowMs = 9999;
    expect(await store.once("a", 10)).toBe(false);
    nowMs = 10_000;
    expect(await store.once("a", 10)).toBe(true);
  });

  it("refuses rather than forgets when it is full, and has room again when keys expire", async () => {
    let nowMs = 0;
    const store = createMemoryReplayStore({ capacity: 2, nowMs: () => nowMs });
    await store.once("a", 10);
    await store.once("b", 20);
    await expect(store.once("c", 10)).rejects.toThrow(ReplayStoreFullError);
    expect(await store.once("a", 10)).toBe(false);
    nowMs = 10_000;
    expect(await store.once("c", 10)).toBe(true);
    await expect(store.once("d", 10)).rejects.toThrow(ReplayStoreFullError);
    expect(await store.once("b", 10)).toBe(false);
  });

  it("holds nothing for ever", async () => {
    let nowMs = 0;
    const store = createMemoryReplayStore({ capacity: 1, nowMs: () => nowMs });
    for (let key = 0; key < 5; key += 1) {
      expect(await store.once(String(key), 60)).toBe(true);
      nowMs += 60_000;
    }
  });

  it("has a capacity that is a whole number", () => {
    expect(() => createMemoryReplayStore({ capacity: 0 })).toThrow(TypeError);
  });
});
