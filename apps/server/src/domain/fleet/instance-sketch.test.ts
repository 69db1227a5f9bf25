import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { estimateInstances, type InstanceSketch, mergeSketches, withInstance } from "./instance-sketch.ts";

const dayMs = 86_400_000;
const idOf = (at: number): string =>
  createHash("sha256").update(`instance ${at}`).digest().subarray(0, 16).toString("base64url");

function sketchOf(from: number, to: number, atMs = 0): InstanceSketch {
  let sketch: InstanceSketch = {};
  for (let at = from; at < to; at += 1) sketch = withInstance(sketch, idOf(at), atMs);
  return sketch;
}

describe("a sketch of instances", () => {
  it.each([0, 1, 2, 5, 20])("counts %i of them nearly exactly", (count) => {
    expect(Math.abs(estimateInstances(sketchOf(0, count)) - count)).toBeLessThanOrEqual(count > 5 ? 1 : 0);
  });

  it.each([200, 2_000, 20_000])("counts %i of them within three standard errors", (count) => {
    expect(Math.abs(estimateInstances(sketchOf(0, count)) - count) / count).toBeLessThan(3 * 0.065);
  });

  it("counts an instance once, whenever it was seen and whichever node saw it", () => {
    const one = sketchOf(0, 100);
    const again = sketchOf(50, 100, 45 * dayMs);
    expect(estimateInstances(mergeSketches(one, again))).toBe(estimateInstances(one));
    expect(mergeSketches(one, one)).toEqual(one);
    expect(mergeSketches(one, again)).toEqual(mergeSketches(again, one));
  });

  it("forgets all but the newest four parts of 30 days, and stays of one size", () => {
    let sketch: InstanceSketch = {};
    for (let part = 0; part < 9; part += 1) sketch = mergeSketches(sketch, sketchOf(0, 500, part * 30 * dayMs));
    expect(Object.keys(sketch).toSorted()).toEqual(["5", "6", "7", "8"]);
    expect(JSON.stringify(sketch).length).toBeLessThan(1500);
  });

  it("does not move for what is no instance id, and reads a part that is none as empty", () => {
    expect(withInstance({}, "no id", 0)).toEqual({});
    expect(estimateInstances({ 0: "AA" })).toBe(0);
  });
});
