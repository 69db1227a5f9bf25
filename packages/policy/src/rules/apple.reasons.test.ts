import { expect, it } from "vitest";
import { appleRules } from "./apple.ts";

const facts = {
  platform: "ios",
  appId: "TEAM.app",
  environment: "production",
  osVersion: "27.0",
  bundleVersion: "7",
  validationCategory: 4,
} as const;

it("never says that an iPhone's instance key is proven to be in hardware", () => {
  const rule = appleRules.find(({ reason }) => reason === "instance_key_vouched_by_app");
  const judgement = rule?.judge({
    platform: "ios",
    facts,
    evidence: { state: "verified" },
    factsVersion: 1,
    claims: { id: "app", version: "1.0", build: "7" },
    signals: [],
    detectors: {},
    references: { ios: { appIds: ["TEAM.app"] }, android: null, web: null },
    settings: { kind: "production", permissions: [], evidenceMaxAgeDays: 90, bootKeys: [], requiredDetectors: [] },
    bans: { banned: false, quarantined: false },
    nowMs: 0,
    evidenceAtMs: 0,
  });
  expect(judgement).toEqual({ result: "not_evaluated", expected: "hardware", found: "vouched for by the app" });
});
