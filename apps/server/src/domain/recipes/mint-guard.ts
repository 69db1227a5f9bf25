import type { Ledger } from "../ports/index.ts";
import type { RecipeProblem } from "./recipe-problems.ts";

/** Mints a minute that a vendor is asked for: for one instance, and for one secret in all. */
export interface MintBudgets {
  readonly mintsPerInstancePerMinute: number;
  readonly mintsPerSecretPerMinute: number;
}

/** Whose value is asked for. */
export interface MintTarget {
  readonly project: string;
  readonly secret: string;
  readonly version: number;
  /** When this version was set: of a secret that was removed and made anew the versions begin anew. */
  readonly setAtMs: number;
  /** Empty where all share one. */
  readonly instance: string;
}

/** Keeps a vendor's quota from phones, and a vendor in trouble from this service. */
export interface MintGuard {
  /** Why nobody is to be asked now; null: one may, and is counted. Never rejects. */
  refuse(target: MintTarget): Promise<RecipeProblem | null>;
  /** Told how a mint ended: after failures in a row the next waits longer, up to a minute. */
  note(target: MintTarget, problem: RecipeProblem | null): void;
}

interface Failing {
  readonly version: number;
  readonly count: number;
  readonly problem: RecipeProblem;
  readonly untilMs: number;
}

const firstWaitMs = 2_000;
const longestWaitMs = 60_000;
const mostFailing = 10_000;

export function createMintGuard(deps: {
  readonly ledger: Pick<Ledger, "take">;
  readonly nowMs: () => number;
  /** From 0 to 1. */
  readonly jitter: () => number;
  readonly budgets: MintBudgets;
}): MintGuard {
  const failing = new Map<string, Failing>();
  const keyOf = ({ project, secret }: MintTarget): string => `${project}:mint:${secret}`;

  return {
    async refuse(target) {
      const key = keyOf(target);
      const { mintsPerInstancePerMinute, mintsPerSecretPerMinute } = deps.budgets;
      const held = failing.get(key);
      if (held?.version === target.version && deps.nowMs() < held.untilMs) return held.problem;
      try {
        const own = await deps.ledger.take(`${key}:${target.instance}`, mintsPerInstancePerMinute, 60);
        // In this order, so that who has used up their own share does not use up the others'.
        return own && (await deps.ledger.take(key, mintsPerSecretPerMinute, 60)) ? null : "recipe_busy";
      } catch {
        return "recipe_busy";
      }
    },
    note(target, problem) {
      const key = keyOf(target);
      const before = failing.get(key);
      failing.delete(key);
      if (problem === null) return;
      const count = before?.version === target.version ? before.count + 1 : 1;
      const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(count - 1, 10)) * (0.5 + deps.jitter() / 2);
      if (failing.size >= mostFailing) failing.delete(failing.keys().next().value ?? "");
      failing.set(key, { version: target.version, count, problem, untilMs: deps.nowMs() + waitMs });
    },
  };
}
