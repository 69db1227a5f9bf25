import type { BrokerCredential } from "../ports/index.ts";

const remembered = 64;

/**
 * Which process a credential belongs to: the one that came last. What a request was seen by is remembered by one process, so of two that are reached
 * under one origin each would take it once.
 */
export interface BrokerRuns {
  /** False where another process has come after this one. */
  isLatest(broker: Pick<BrokerCredential, "project" | "name">, run: string): boolean;
}

export function createBrokerRuns(): BrokerRuns {
  const seen = new Map<string, string[]>();
  return {
    isLatest({ project, name }, run) {
      const key = `${project}/${name}`;
      const runs = seen.get(key) ?? [];
      if (runs.includes(run)) return runs.at(-1) === run;
      seen.set(key, [...runs.slice(1 - remembered), run]);
      return true;
    },
  };
}
