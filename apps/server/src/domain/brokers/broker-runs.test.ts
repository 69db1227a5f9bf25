import { expect, it } from "vitest";
import { createBrokerRuns } from "./broker-runs.ts";

it("takes the process that came last for each credential, and never again one that came before it", () => {
  const runs = createBrokerRuns();
  const [edge, other] = [
    { project: "p", name: "edge" },
    { project: "q", name: "edge" },
  ];
  expect([runs.isLatest(edge, "1"), runs.isLatest(edge, "1")]).toEqual([true, true]);
  expect([runs.isLatest(edge, "2"), runs.isLatest(edge, "1"), runs.isLatest(edge, "2")]).toEqual([true, false, true]);
  expect(runs.isLatest(other, "1")).toBe(true);
  for (let run = 3; run < 1_000; run += 1) runs.isLatest(edge, String(run));
  expect([runs.isLatest(edge, "998"), runs.isLatest(edge, "999")]).toEqual([false, true]);
});
