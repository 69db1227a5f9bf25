import type { Reason } from "./reasons.ts";

/** What one rule said. `not_evaluated` means that nothing was given to judge by, or that an earlier failure left nothing to judge. */
export type CheckResult = "pass" | "fail" | "not_evaluated";

/**
 * One finding of an appraisal (RFC 9334): a rule, its result, and what was expected against what was found.
 * `reason` is the code a failure of this rule gives. `expected` and `found` are short texts for people; never secret.
 */
export interface Check {
  readonly name: string;
  readonly result: CheckResult;
  readonly reason: Reason;
  readonly expected: string | null;
  readonly found: string | null;
}
