import type { AndroidFacts, PlayFacts } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import { type AppraisalInput, appraise, decide, FACTS_VERSION, type PlayState } from "../index.ts";

const facts: AndroidFacts = {
  platform: "android",
  packages: [{ name: "com.example", version: 7 }],
  signingDigests: ["ab"],
  securityLevel: "tee",
  provisioning: "remote",
  deviceLocked: true,
  verifiedBootState: "verified",
  verifiedBootKey: "00",
  osVersion: 160000,
  osPatchLevel: 202511,
};
const play: PlayFacts = { labels: ["basic", "device"], sdk: 36, licensed: true, testing: false };
const nowMs = Date.UTC(2026, 10, 22);
const common: AppraisalInput = {
  platform: "android",
  evidence: { state: "verified" },
  facts,
  factsVersion: FACTS_VERSION,
  claims: { id: "app", version: "1.0", build: "7" },
  signals: [],
  detectors: {},
  references: { ios: null, android: { packageName: "com.example", signingDigests: ["ab"] }, web: null },
  settings: { kind: "production", permissions: [], evidenceMaxAgeDays: 90, bootKeys: [], requiredDetectors: [] },
  bans: { banned: false, quarantined: false },
  nowMs,
  evidenceAtMs: nowMs,
};

type Settings = Partial<AppraisalInput["settings"]>;

function decided(settings: Settings, state: PlayState | null, recorded: PlayFacts | undefined) {
  const input: AppraisalInput = {
    ...common,
    play: state,
    facts: recorded === undefined ? facts : { ...facts, play: recorded },
    settings: { ...common.settings, ...settings },
  };
  const { verdict, reasons, renew } = decide(appraise(input), input.settings);
  return [verdict, reasons, renew];
}
const trusted = ["trusted", [], null];
const refused: PlayState = { state: "refused", reason: "play_nonce_mismatch" };

describe("Play Integrity", () => {
  it("counts for nothing where it is off, which is the default", () => {
    for (const settings of [{}, { play: "off" }] as const) {
      for (const state of [null, { state: "missing" }, refused] as const) {
        expect(decided(settings, state, undefined)).toEqual(trusted);
      }
      expect(decided(settings, null, { ...play, labels: [], testing: true })).toEqual(trusted);
    }
  });

  it("is a finding where it is observed, and takes no session away", () => {
    const settings = { play: "observe" } as const;
    for (const state of [{ state: "missing" }, refused] as const) {
      expect(decided(settings, state, undefined)).toEqual(trusted);
      const checks = appraise({ ...common, play: state, settings: { ...common.settings, ...settings } });
      expect(checks.find(({ name }) => name === "play_observed")).toMatchObject({
        result: "fail",
        reason: state.state === "refused" ? state.reason : "play_missing",
      });
    }
    expect(decided(settings, null, undefined)).toEqual(trusted);
  });

  describe("where it is demanded", () => {
    const settings = { play: "require" } as const;

    it("is enough with a verified token, and at sessions after it", () => {
      expect(decided(settings, { state: "verified" }, play)).toEqual(trusted);
      expect(decided(settings, null, play)).toEqual(trusted);
    });

    it("refuses an enrolment without token, or with one that was refused, by the token's reason", () => {
      expect(decided(settings, { state: "missing" }, undefined)).toEqual(["refused", ["play_missing"], null]);
      expect(decided(settings, refused, undefined)).toEqual(["refused", ["play_nonce_mismatch"], null]);
    });

    it("asks an instance that enrolled before it was demanded to enrol again", () => {
      expect(decided(settings, null, undefined)).toEqual(["refused", ["facts_missing"], "facts_missing"]);
    });

    it("gives nothing for a token of which nothing was kept", () => {
      expect(decided(settings, undefined as never, undefined)[0]).toBe("refused");
    });

    it("holds what Play said against labels that are demanded now", () => {
      for (const playLabels of [["strong"], ["device", "strong"], []] as const) {
        expect(decided({ ...settings, playLabels }, null, play)).toEqual([
          "refused",
          ["play_device_unrecognized"],
          null,
        ]);
      }
      expect(decided({ ...settings, playLabels: ["strong"] }, null, { ...play, labels: ["strong"] })).toEqual(trusted);
    });

    it("takes test answers in a development project that permits them, and nowhere else", () => {
      const testing = { ...play, testing: true };
      const refusal = ["refused", ["play_testing_response"], null];
      const permissions = ["play-testing"];
      expect(decided(settings, null, testing)).toEqual(refusal);
      expect(decided({ ...settings, kind: "development" }, null, testing)).toEqual(refusal);
      expect(decided({ ...settings, permissions }, null, testing)).toEqual(refusal);
      expect(decided({ ...settings, kind: "development", permissions }, null, testing)).toEqual(trusted);
    });

    it("never makes up for a key attestation that is missing", () => {
      const input: AppraisalInput = {
        ...common,
        play: { state: "verified" },
        evidence: { state: "missing" },
        facts: null,
        settings: { ...common.settings, ...settings },
      };
      expect(decide(appraise(input), input.settings)).toMatchObject({
        verdict: "refused",
        reasons: ["evidence_missing"],
      });
    });

    it("is nothing to an iPhone", () => {
      const names = appraise({ ...common, platform: "ios", settings: { ...common.settings, ...settings } });
      expect(names.filter(({ name }) => name.startsWith("play_"))).toEqual([]);
    });
  });
});
