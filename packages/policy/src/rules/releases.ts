import { attestedFacts, type Reason } from "@countersign/protocol";
import type { AppraisalInput } from "../input.ts";
import { judged, notEvaluated, type Rule } from "../rule.ts";
import { restsOnDevelopmentKey } from "./development.ts";

/** How a version stands now. */
type ReleaseState = "current" | "unregistered" | "withdrawn" | "expired";

function stateOf(version: string, { platform, releases, nowMs }: AppraisalInput): ReleaseState {
  const release = releases?.known.find((each) => each.platform === platform && each.version === version);
  if (release === undefined) return releases?.mode === "listed" ? "unregistered" : "current";
  if (release.status === "withdrawn") return "withdrawn";
  return release.expiresAtMs !== null && nowMs >= release.expiresAtMs ? "expired" : "current";
}

/** The version that evidence names: Android's versionCode, and the bundle version from iOS 27 on. Null where it names none. */
function attestedVersion({ facts: all, references }: AppraisalInput): string | null {
  const facts = attestedFacts(all);
  if (facts?.platform === "ios") return facts.bundleVersion;
  if (facts?.platform !== "android") return null;
  const attested = facts.packages.find((each) => each.name === references?.android?.packageName);
  return attested === undefined ? null : String(attested.version);
}

/**
 * Android's evidence names the build that enrolled. Where that one is what refuses, and nothing stands against the build that is claimed to
 * run, evidence of the running build decides: the app enrols again. An enrolment's evidence is that already.
 */
function isOvertaken(input: AppraisalInput): boolean {
  const attested = attestedVersion(input);
  return (
    input.use === "session" &&
    input.platform === "android" &&
    attested !== null &&
    stateOf(attested, input) !== "current" &&
    stateOf(input.claims.build, input) === "current"
  );
}

function hasNothingToSay({ facts, releases }: AppraisalInput): boolean {
  return facts === null || releases == null || (releases.mode === "any" && releases.known.length === 0);
}

/** The attested version and the claimed one: either can refuse, and the claim does nothing else. */
function releaseRule(name: string, reason: Reason, state: ReleaseState, expected: string): Rule {
  return {
    name,
    reason,
    effect: "refuse",
    platforms: ["ios", "android"],
    judge: (input) => {
      if (hasNothingToSay(input)) return notEvaluated;
      const attested = attestedVersion(input);
      const claimed = input.claims.build;
      const found =
        attested === null ? `${claimed} claimed, none attested` : `${attested} attested, ${claimed} claimed`;
      if (isOvertaken(input)) return { ...notEvaluated, found };
      // A development key proves no version: what the agent claims is all there is.
      const isSilent = attested === null && !restsOnDevelopmentKey(input.facts);
      const unnamed = state === "unregistered" && input.releases?.mode === "listed" && isSilent;
      const fails = unnamed || [attested ?? claimed, claimed].some((version) => stateOf(version, input) === state);
      return judged(!fails, expected, found);
    },
  };
}

/** Reference values over time: which versions of a registered app count now. */
export const releaseRules: readonly Rule[] = [
  releaseRule("release_not_withdrawn", "version_withdrawn", "withdrawn", "a release that is not withdrawn"),
  releaseRule("release_not_expired", "version_expired", "expired", "a release that has not expired"),
  releaseRule("release_registered", "version_unregistered", "unregistered", "an attested, registered release"),
  {
    name: "release_of_running_build",
    reason: "version_changed",
    effect: "renew",
    platforms: ["android"],
    judge: (input) =>
      hasNothingToSay(input)
        ? notEvaluated
        : judged(!isOvertaken(input), "evidence of the running build", attestedVersion(input)),
  },
];
