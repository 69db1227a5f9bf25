import { type AttestedFacts, attestedFacts } from "@countersign/protocol";
import type { AppraisalInput } from "../input.ts";
import { type Judgement, judged, notEvaluated, type Rule } from "../rule.ts";

type AppleFacts = Extract<AttestedFacts, { platform: "ios" }>;

function onApple(judge: (facts: AppleFacts, input: AppraisalInput) => Judgement): Rule["judge"] {
  return (input) => {
    const facts = attestedFacts(input.facts);
    return facts?.platform === "ios" ? judge(facts, input) : notEvaluated;
  };
}

/** TestFlight, App Store, enterprise or ad hoc: categories 2, 4, 5 of Apple's guide. Before iOS 27 there is none. */
const distributed: ReadonlySet<number> = new Set([2, 4, 5]);

/** Names of categories (apple_validation_category_01) as Apple's guide has them. */
const categories: ReadonlyMap<number, string> = new Map([
  [1, "system"],
  [2, "TestFlight"],
  [3, "development"],
  [4, "App Store"],
  [5, "enterprise or ad hoc"],
  [6, "Developer ID"],
  [10, "other"],
]);

function categoryText(category: number): string {
  return `${categories.get(category) ?? "unknown"} (${category})`;
}

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
    name: "apple_category",
    reason: "distribution_not_allowed",
    effect: "refuse",
    platforms: ["ios"],
    judge: onApple(({ validationCategory }, { settings: { requiredCategories = [] } }) => {
      const found = validationCategory === null ? "none, as before iOS 27" : categoryText(validationCategory);
      if (requiredCategories.length === 0) return { ...notEvaluated, found };
      const met = validationCategory !== null && requiredCategories.includes(validationCategory);
      return judged(met, requiredCategories.map(categoryText).join(" or "), found);
    }),
  },
  {
    name: "apple_bundle_version",
    reason: "version_changed",
    effect: "note",
    platforms: ["ios"],
    judge: onApple(({ bundleVersion }, { claims }) =>
      bundleVersion === null ? notEvaluated : judged(claims.build === bundleVersion, bundleVersion, claims.build),
    ),
  },
  {
    name: "apple_risk_metric",
    reason: "risk_metric_too_high",
    effect: "refuse",
    platforms: ["ios"],
    judge: onApple((_, { riskMetric = null, settings: { maxRiskMetric = 0 } }) => {
      const found = riskMetric === null ? null : `${riskMetric} keys in 30 days`;
      if (maxRiskMetric === 0 || riskMetric === null) return { ...notEvaluated, found };
      return judged(riskMetric <= maxRiskMetric, `at most ${maxRiskMetric}`, found);
    }),
  },
  {
    name: "apple_instance_key",
    reason: "instance_key_vouched_by_app",
    effect: "note",
    platforms: ["ios"],
    judge: onApple(() => ({ result: "not_evaluated", expected: "hardware", found: "vouched for by the app" })),
  },
];
