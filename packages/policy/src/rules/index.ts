import type { Rule } from "../rule.ts";
import { androidRules } from "./android.ts";
import { appleRules } from "./apple.ts";
import { developmentRules } from "./development.ts";
import { evidenceRules } from "./evidence.ts";
import { playRules } from "./play.ts";
import { releaseRules } from "./releases.ts";
import { signalRules } from "./signals.ts";
import { standingRules } from "./standing.ts";
import { webRules } from "./web.ts";

/** The default policy in its documented order (docs/policy.md). Reasons of a verdict stand in this order. */
export const defaultRules: readonly Rule[] = [
  ...standingRules,
  ...evidenceRules,
  ...developmentRules,
  ...appleRules,
  ...androidRules,
  ...releaseRules,
  ...playRules,
  ...webRules,
  ...signalRules,
];
