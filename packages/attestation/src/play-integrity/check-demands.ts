import type { PlayDemands } from "./expectations.ts";
import type { PlayPayload } from "./payload.ts";
import type { PlayIntegrityFindings, PlayIntegrityRuleName } from "./rules.ts";

/** What policy demands beyond app and device. Not demanded is waived; demanded and not spoken of fails. */
export function checkDemands(findings: PlayIntegrityFindings, payload: PlayPayload, demands: PlayDemands): void {
  const demand = (name: PlayIntegrityRuleName, expected: string | null, found: string, met: boolean): void => {
    if (expected === null) findings.waive(name, null, found);
    else findings.judge(name, met, expected, found);
  };

  const { minimumSdkVersion: sdk, licensed = false, maximumActivityLevel: level } = demands;
  const atLeast = sdk === undefined ? null : `at least ${sdk}`;
  demand("sdk_version", atLeast, `${payload.sdkVersion ?? "none"}`, (payload.sdkVersion ?? -1) >= (sdk ?? 0));

  const { licensing, activityLevel } = payload;
  demand("licence", licensed ? "LICENSED" : null, licensing ?? "none", licensing === "LICENSED");

  const atMost = level === undefined ? null : `at most LEVEL_${level}`;
  const counted = activityLevels.slice(0, level ?? 0).includes(activityLevel ?? "");
  demand("device_activity", atMost, activityLevel ?? "none", counted);

  const { refusedRecallBits: bits = [], refusedApps: apps = [] } = demands;
  const set = bits.filter((bit) => payload.recall?.[bit] !== false);
  const marked = payload.recall === null ? "none" : set.join(", ") || "not set";
  demand("device_recall", bits.length === 0 ? null : `none of ${bits.join(", ")}`, marked, set.length === 0);

  const { appsDetected, playProtect } = payload;
  const clean = appsDetected !== null && !appsDetected.some((app) => apps.includes(app));
  const detected = appsDetected?.join(", ") ?? "none";
  demand("app_access_risk", apps.length === 0 ? null : `none of ${apps.join(", ")}`, detected, clean);

  demand("play_protect", demands.playProtect ? "NO_ISSUES" : null, playProtect ?? "none", playProtect === "NO_ISSUES");
}

/** From the fewest tokens of the last hour to the most. */
const activityLevels: readonly string[] = ["LEVEL_1", "LEVEL_2", "LEVEL_3", "LEVEL_4"];
