import type { Facts, Reason } from "@countersign/protocol";
import type { DevelopmentKeyState } from "../input.ts";
import { everyPlatform, judged, notEvaluated, type Rule } from "../rule.ts";

const reasonOf: Readonly<Record<Exclude<DevelopmentKeyState["state"], "good">, Reason>> = {
  unknown: "development_key_unknown",
  invalid: "development_key_invalid",
  revoked: "development_key_revoked",
  expired: "development_key_expired",
  exhausted: "development_key_exhausted",
};

/** True where the instance enrolled with a development key instead of a platform's evidence. */
export function restsOnDevelopmentKey(facts: Facts | null): boolean {
  return facts !== null && "development" in facts;
}

/** Whether the development key that an instance brings, or once enrolled with, counts now. In production none ever does. */
export const developmentRules: readonly Rule[] = [
  {
    name: "development_key",
    reason: "development_key_unknown",
    effect: "refuse",
    platforms: everyPlatform,
    judge: ({ facts, developmentKey = null, settings }) => {
      if (developmentKey === null && !restsOnDevelopmentKey(facts)) return notEvaluated;
      const { state, name } = developmentKey ?? { state: "unknown", name: null };
      const found = name === null ? state : `${name}, ${state}`;
      if (settings.kind !== "development") {
        return { ...judged(false, "no development key in production", found), reason: "development_key_not_allowed" };
      }
      const judgement = judged(state === "good", "a development key that counts", found);
      return state === "good" ? judgement : { ...judgement, reason: reasonOf[state] };
    },
  },
];
