import { attestedFacts, type Facts } from "@countersign/protocol";
import { FACTS_VERSION, type PolicySettings } from "../input.ts";
import { everyPlatform, judged, notEvaluated, type Rule } from "../rule.ts";

const dayMs = 86_400_000;

/** Facts of an older release lack the number: they are complete all the same, unless the project demands it. */
function lacksIssued(facts: Facts, { maxCertificatesIssued = 0 }: PolicySettings): boolean {
  const attested = attestedFacts(facts);
  return attested?.platform === "android" && maxCertificatesIssued > 0 && attested.certificatesIssued === undefined;
}

/** Evidence as such: there, verified, young enough, and with every fact the rules ask for. */
export const evidenceRules: readonly Rule[] = [
  {
    name: "evidence_verified",
    reason: "evidence_missing",
    effect: "refuse",
    required: true,
    platforms: everyPlatform,
    judge: ({ evidence, facts, platform }) => {
      if (evidence.state === "not_verified") return notEvaluated;
      const passes = evidence.state === "verified" && facts?.platform === platform;
      const judgement = judged(passes, "verified evidence", evidence.state);
      return evidence.state === "refused" ? { ...judgement, reason: evidence.reason } : judgement;
    },
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
    judge: ({ facts, factsVersion, settings }) => {
      if (facts === null) return notEvaluated;
      if (lacksIssued(facts, settings)) return judged(false, "how many certificates were issued", "facts without it");
      return judged(factsVersion >= FACTS_VERSION, `facts of version ${FACTS_VERSION}`, `version ${factsVersion}`);
    },
  },
];
