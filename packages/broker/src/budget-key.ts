import type { UseBudget } from "./secret-terms.ts";

/** Which budget, of whom: what its use is counted under. */
export interface CountedBudget {
  readonly project: string;
  readonly secret: string;
  readonly of: UseBudget["of"];
  /** Whose, where each instance has its own; else null. */
  readonly instance: string | null;
  /** Decoys' share of a budget that all have together. */
  readonly decoy: boolean;
  readonly windowSeconds: number;
}

/** The key of a budget's count. */
export function budgetKeyOf({ project, secret, instance, decoy, windowSeconds }: Omit<CountedBudget, "of">): string {
  const who = instance === null ? (decoy ? "decoys" : "all") : `of:${instance}`;
  return `${project}:broker-budget:${secret}:${who}:${windowSeconds}`;
}

/** Reads such a key; null for any other text. */
export function parseBudgetKey(key: string): CountedBudget | null {
  const form =
    /^([A-Za-z0-9_-]{22}):broker-budget:([a-z0-9-]{1,48}):(?:of:([A-Za-z0-9_-]{22})|(all|decoys)):([1-9][0-9]{0,9})$/;
  const [, project, secret, instance = null, shared, seconds] = form.exec(key) ?? [];
  if (project === undefined || secret === undefined) return null;
  const of = instance === null ? "secret" : "instance";
  return { project, secret, of, instance, decoy: shared === "decoys", windowSeconds: Number(seconds) };
}
