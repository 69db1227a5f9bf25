import { expect, it } from "vitest";
import type { KeptReceipt } from "../ports/index.ts";
import { createRiskMetrics, notableRiskMetric } from "./risk-metrics.ts";

it("knows what the record held at the last look and what this node learned since, of each instance by its project", async () => {
  let held: readonly Pick<KeptReceipt, "project" | "instance" | "riskMetric">[] = [];
  const asked: number[] = [];
  const metrics = createRiskMetrics({
    withRiskFrom: async (metric) => {
      asked.push(metric);
      return held;
    },
  });
  expect(metrics.of("p", "i")).toBeNull();
  held = [{ project: "p", instance: "i", riskMetric: 12 }];
  await metrics.reconcile();
  expect(asked).toEqual([notableRiskMetric]);
  expect([metrics.of("p", "i"), metrics.of("q", "i"), metrics.of("p", "j")]).toEqual([12, null, null]);
  metrics.note("p", "j", notableRiskMetric);
  expect(metrics.of("p", "j")).toBe(notableRiskMetric);
  metrics.note("p", "j", notableRiskMetric - 1);
  metrics.note("p", "i", null);
  expect([metrics.of("p", "i"), metrics.of("p", "j")]).toEqual([null, null]);
  await metrics.reconcile();
  expect(metrics.of("p", "i")).toBe(12);
  held = [];
  await metrics.reconcile();
  expect(metrics.of("p", "i")).toBeNull();
});
