import type { Check } from "@countersign/protocol";
import type { AppraisalInput } from "./input.ts";
import type { Rule } from "./rule.ts";
import { defaultRules } from "./rules/index.ts";

/**
 * Holds facts, claims and signals against reference values: one finding per rule that speaks of the platform, in the documented
 * order. States what is so; what it does to the verdict is `decide`'s. Pure and total.
 */
export function appraise(input: AppraisalInput, rules: readonly Rule[] = defaultRules): readonly Check[] {
  return rules
    .filter((rule) => rule.platforms.includes(input.platform))
    .map((rule) => {
      const { result, expected, found, reason } = rule.judge(input);
      return { name: rule.name, result, reason: reason ?? rule.reason, expected, found };
    });
}
