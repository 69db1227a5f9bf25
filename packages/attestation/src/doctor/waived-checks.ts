import type { Check, Reason } from "@countersign/protocol";
import type { Verification } from "../findings.ts";

/** What the doctor says of evidence: a verification in which rules may have been set aside. */
export interface Finding<Facts> {
  readonly reason: Reason | null;
  readonly checks: readonly Check[];
  readonly facts: Facts | null;
}

/**
 * The finding with the named rules set aside, for verifiers that demand what the doctor may not have been given: they are reported as not
 * evaluated, and count neither way. Accepted needs facts, and no other failure.
 */
export function waiveChecks<Facts>(
  { checks, facts }: Pick<Verification<Facts>, "checks" | "facts">,
  waived: readonly string[],
): Finding<Facts> {
  const shown = checks.map((check): Check => {
    const isWaived = waived.includes(check.name);
    return isWaived ? { ...check, result: "not_evaluated", expected: null } : check;
  });
  const failed = shown.find(({ result }) => result === "fail");
  const reason = failed?.reason ?? (facts === null ? (checks[0]?.reason ?? "evidence_malformed") : null);
  return { reason, checks: shown, facts };
}
