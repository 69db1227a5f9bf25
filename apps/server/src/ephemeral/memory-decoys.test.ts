import { expect, it } from "vitest";
import { createMemoryDecoys } from "./memory-decoys.ts";

it("remembers the newest credential of an instance of a project, until it ends", async () => {
  let nowMs = 1000;
  const decoys = createMemoryDecoys({ nowMs: () => nowMs });
  await decoys.remember("p", "a", "one", 10);
  await decoys.remember("p", "a", "two", 10);
  expect([await decoys.recall("p", "a"), await decoys.recall("q", "a"), await decoys.recall("p", "b")]).toEqual([
    "two",
    null,
    null,
  ]);
  nowMs = 11_000;
  expect(await decoys.recall("p", "a")).toBeNull();
});

it("is bounded: over its capacity it forgets what ends first", async () => {
  const decoys = createMemoryDecoys({ nowMs: () => 0, capacity: 2 });
  await decoys.remember("p", "a", "one", 10);
  await decoys.remember("p", "b", "two", 5);
  await decoys.remember("p", "c", "three", 10);
  expect(await Promise.all(["a", "b", "c"].map((name) => decoys.recall("p", name)))).toEqual(["one", null, "three"]);
});
