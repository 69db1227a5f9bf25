import { limits } from "@countersign/protocol";
import type { ProjectSettings } from "../../ports/index.ts";
import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

const DAY_SECONDS = 86_400;

/** Lowest and highest value of every numeric setting. */
export const settingRanges = {
  sessionSeconds: [limits.sessionSecondsMin, limits.sessionSeconds],
  refreshSeconds: [1, limits.sessionSeconds],
  continuingSeconds: [limits.continuingChallengeSecondsMin, limits.continuingChallengeSecondsMax],
  evidenceMaxAgeDays: [1, 365],
  quarantineSeconds: [60, 365 * DAY_SECONDS],
  maxPatchAgeMonths: [0, 120],
  maxCertificatesIssued: [0, 100_000],
  maxRiskMetric: [0, 1_000_000],
  credentialsNotBeforeMs: [0, Number.MAX_SAFE_INTEGER],
  manifestStaleAfterSeconds: [limits.sessionSeconds, 90 * DAY_SECONDS],
  watchSpreadSeconds: [0, 3600],
} as const satisfies Partial<Record<keyof ProjectSettings, readonly [number, number]>>;

export type NumberSetting = keyof typeof settingRanges;

export function parseNumberSetting(name: NumberSetting, value: number): Ruled<number> {
  const [low, high] = settingRanges[name];
  return Number.isSafeInteger(value) && value >= low && value <= high
    ? ruled(value)
    : refused(`${name} is a whole number from ${low} to ${high}.`);
}
