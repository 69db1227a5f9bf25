import type { Receipts } from "../ports/index.ts";

/** One key is what every device has. */
export const notableRiskMetric = 2;

/** The risk metrics worth a finding, as of the last look at the record. A session asks it without waiting. */
export interface RiskMetrics {
  /** Null where none is known, or none that is notable. */
  of(project: string, instance: string): number | null;
  /** What this node has just learned. */
  note(project: string, instance: string, metric: number | null): void;
  /** Reads what all nodes learned. */
  reconcile(): Promise<void>;
}

export function createRiskMetrics(receipts: Pick<Receipts, "withRiskFrom">): RiskMetrics {
  let metrics = new Map<string, number>();
  const keyOf = (project: string, instance: string): string => `${project}/${instance}`;
  return {
    of: (project, instance) => metrics.get(keyOf(project, instance)) ?? null,
    note: (project, instance, metric) => {
      if (metric === null || metric < notableRiskMetric) metrics.delete(keyOf(project, instance));
      else metrics.set(keyOf(project, instance), metric);
    },
    reconcile: async () => {
      const next = new Map<string, number>();
      for (const { project, instance, riskMetric } of await receipts.withRiskFrom(notableRiskMetric)) {
        if (riskMetric !== null) next.set(keyOf(project, instance), riskMetric);
      }
      metrics = next;
    },
  };
}
