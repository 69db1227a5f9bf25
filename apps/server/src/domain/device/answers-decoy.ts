import type { Decision } from "@countersign/policy";
import type { Reason } from "@countersign/protocol";
import type { ProjectSettings } from "../ports/index.ts";

/** What is wrong on our side: an honest instance gets further once it is mended, and a decoy would hold it fast. */
const ours: ReadonlySet<Reason> = new Set([
  "revocation_unknown",
  "play_unconfigured",
  "play_quota_exhausted",
  "play_unavailable",
  // A simulator whose key ran out belongs to those who made the key.
  "development_key_expired",
  "development_key_exhausted",
]);

/**
 * Whether a refusal is answered with a decoy (protocol section 11). Not where an update ends it, nor where nothing but the service's own
 * means stands against the instance: a decoy is for good, and these are honest.
 */
export function answersDecoy(settings: Pick<ProjectSettings, "decoy">, decision: Decision): boolean {
  return (
    settings.decoy === true &&
    decision.verdict === "refused" &&
    decision.renew === null &&
    decision.action === undefined &&
    !decision.reasons.every((reason) => ours.has(reason))
  );
}
