import type { CheckResult, Reason } from "@countersign/protocol";
import type { AppraisalInput } from "./input.ts";

/**
 * What a failed rule does to the verdict, strongest first.
 * - `severe`: refused, and the instance is to be quarantined
 * - `refuse`: refused
 * - `renew`: nothing is given before a new enrolment
 * - `restrict`: at best `restricted`
 * - `note`: a finding to be counted; the verdict stays
 */
export type Effect = "severe" | "refuse" | "renew" | "restrict" | "note";

/** What a rule said of one input. `reason` replaces the rule's own where several failures meet in one rule. */
export interface Judgement {
  readonly result: CheckResult;
  readonly expected: string | null;
  readonly found: string | null;
  readonly reason?: Reason;
}

/** One rule as data: its name is fixed (metrics and traces carry it), its judge is pure and total. */
export interface Rule {
  readonly name: string;
  readonly reason: Reason;
  readonly effect: Effect;
  /** A verdict other than `refused` needs this rule to have passed: left unevaluated, it refuses too. */
  readonly required?: true;
  readonly platforms: readonly AppraisalInput["platform"][];
  readonly judge: (input: AppraisalInput) => Judgement;
}

export const everyPlatform = ["ios", "android", "web"] as const;

/** A judgement from a condition. */
export function judged(passes: boolean, expected: string | null, found: string | null): Judgement {
  return { result: passes ? "pass" : "fail", expected, found };
}

/** Nothing was given to judge by. */
export const notEvaluated: Judgement = { result: "not_evaluated", expected: null, found: null };
