import { FACTS_VERSION } from "../input.ts";
import { everyPlatform, judged, notEvaluated, type Rule } from "../rule.ts";

const dayMs = 86_400_000;

/** Evidence as such: there, verified, young enough, and with every fact the rules ask for. */
export const evidenceRules: readonly Rule[] = [
  {
    name: "evidence_verified",
    reason: "evidence_missing",
    effect: "refuse",
    platforms: everyPlatform,
    judge: ({ facts, evidenceRefusal, platform }) =>
      facts !== null && facts.platform === platform && evidenceRefusal === null
        ? judged(true, "verified evidence", null)
        : { ...judged(false, "verified evidence", evidenceRefusal), reason: evidenceRefusal ?? "evidence_missing" },
  },
  {
    name: "evidence_age",
    reason: "evidence_too_old",
    effect: "renew",
    platforms: ["ios", "android"],
    judge: ({ facts, settings, nowMs, evidenceAtMs }) => {
      if (facts === null) return notEvaluated;
      const ageDays = Math.floor((nowMs - evidenceAtMs) / dayMs);
      return judged(
        nowMs - evidenceAtMs <= settings.evidenceMaxAgeDays * dayMs,
        `at most ${settings.evidenceMaxAgeDays} days`,
        `${ageDays} days`,
      );
    },
  },
  {
    name: "facts_complete",
    reason: "facts_missing",
    effect: "renew",
    platforms: everyPlatform,
    judge: ({ facts, factsVersion }) =>
      facts === null
        ? notEvaluated
        : judged(factsVersion >= FACTS_VERSION, `facts of version ${FACTS_VERSION}`, `version ${factsVersion}`),
  },
];
