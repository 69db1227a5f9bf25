import type { Facts } from "@countersign/protocol";
import type { AppraisalInput } from "../input.ts";
import { type Judgement, judged, notEvaluated, type Rule } from "../rule.ts";

type AppleFacts = Extract<Facts, { platform: "ios" }>;

function onApple(judge: (facts: AppleFacts, input: AppraisalInput) => Judgement): Rule["judge"] {
  return (input) => (input.facts?.platform === "ios" ? judge(input.facts, input) : notEvaluated);
}

/** TestFlight, App Store, enterprise or ad hoc: categories 2, 4, 5 of Apple's guide. Before iOS 27 there is none. */
const distributed: ReadonlySet<number> = new Set([2, 4, 5]);

/** What App Attest said, against the registered App IDs. */
export const appleRules: readonly Rule[] = [
  {
    name: "apple_app_id",
    reason: "app_id_mismatch",
    effect: "refuse",
    platforms: ["ios"],
    judge: onApple((facts, { references }) => {
      const appIds = references?.ios?.appIds ?? [];
      return judged(appIds.includes(facts.appId), appIds.join(", "), facts.appId);
    }),
  },
  {
    name: "apple_environment",
    reason: "environment_mismatch",
    effect: "refuse",
    platforms: ["ios"],
    judge: onApple((facts) => judged(facts.environment === "production", "production", facts.environment)),
  },
  {
    name: "apple_distribution",
    reason: "environment_mismatch",
    effect: "refuse",
    platforms: ["ios"],
    judge: onApple(({ validationCategory }) =>
      validationCategory === null
        ? notEvaluated
        : judged(distributed.has(validationCategory), "category 2, 4 or 5", String(validationCategory)),
    ),
  },
  {
    name: "apple_instance_key",
    reason: "instance_key_vouched_by_app",
    effect: "note",
    platforms: ["ios"],
    judge: onApple(() => ({ result: "not_evaluated", expected: "hardware", found: "vouched for by the app" })),
  },
];
