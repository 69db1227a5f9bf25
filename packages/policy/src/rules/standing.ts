import { everyPlatform, judged, notEvaluated, type Rule } from "../rule.ts";

/** Who asks: registered app, registered platform, not banned, not in quarantine. */
export const standingRules: readonly Rule[] = [
  {
    name: "app_registered",
    reason: "app_unknown",
    effect: "refuse",
    required: true,
    platforms: everyPlatform,
    judge: (input) => judged(input.references !== null, "an app of this project", input.claims.id),
  },
  {
    name: "platform_registered",
    reason: "platform_unregistered",
    effect: "refuse",
    required: true,
    platforms: everyPlatform,
    judge: ({ references, platform, claims }) =>
      references === null
        ? notEvaluated
        : judged(references[platform] !== null, `${claims.id} registered for ${platform}`, null),
  },
  {
    name: "not_banned",
    reason: "banned",
    effect: "refuse",
    required: true,
    platforms: everyPlatform,
    judge: ({ bans }) => judged(!bans.banned, "no active ban", bans.banned ? "banned" : null),
  },
  {
    name: "not_quarantined",
    reason: "quarantined",
    effect: "refuse",
    required: true,
    platforms: everyPlatform,
    judge: ({ bans }) => judged(!bans.quarantined, "no active quarantine", bans.quarantined ? "quarantined" : null),
  },
];
