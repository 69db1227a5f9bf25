import type { AndroidFacts, IosFacts } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import { type AppraisalInput, appraise, type Decision, decide, type ReleaseReference } from "../index.ts";

const nowMs = Date.UTC(2026, 10, 22);

const iosFacts: IosFacts = {
  platform: "ios",
  appId: "TEAM.app",
  environment: "production",
  osVersion: "27.0",
  bundleVersion: "7",
  validationCategory: 4,
};
const androidFacts: AndroidFacts = {
  platform: "android",
  packages: [
    { name: "com.shared", version: 99 },
    { name: "com.example", version: 7 },
  ],
  signingDigests: ["ab"],
  securityLevel: "tee",
  provisioning: "remote",
  deviceLocked: true,
  verifiedBootState: "verified",
  verifiedBootKey: "00",
  osVersion: 160000,
  osPatchLevel: 202511,
};
const common = {
  use: "session",
  evidence: { state: "verified" },
  factsVersion: 1,
  claims: { id: "app", version: "1.0", build: "7" },
  signals: [],
  detectors: {},
  references: {
    ios: { appIds: ["TEAM.app"] },
    android: { packageName: "com.example", signingDigests: ["ab"] },
    web: null,
  },
  settings: { kind: "production", permissions: [], evidenceMaxAgeDays: 90, bootKeys: [], requiredDetectors: [] },
  bans: { banned: false, quarantined: false },
  nowMs,
  evidenceAtMs: nowMs,
} as const satisfies Partial<AppraisalInput>;

const ios: AppraisalInput = { ...common, platform: "ios", facts: iosFacts };
const oldIos: AppraisalInput = { ...ios, facts: { ...iosFacts, bundleVersion: null, validationCategory: null } };
const android: AppraisalInput = { ...common, platform: "android", facts: androidFacts };
const both = [ios, android];

const claiming = (input: AppraisalInput, build: string): AppraisalInput => ({
  ...input,
  claims: { ...input.claims, build },
});
const release = (
  platform: ReleaseReference["platform"],
  version: string,
  more: Partial<ReleaseReference> = {},
): ReleaseReference => ({ platform, version, status: "active", expiresAtMs: null, ...more });

function judged(
  input: AppraisalInput,
  mode: "any" | "listed",
  releases: readonly (readonly [string, Partial<ReleaseReference>?])[],
): Decision {
  const platform = input.platform === "ios" ? "ios" : "android";
  const known = releases.map(([version, more]) => release(platform, version, more));
  return decide(appraise({ ...input, releases: { mode, known } }), input.settings);
}

const trusted = { verdict: "trusted", reasons: [], severe: false, renew: null };
const update = (reason: string) => ({
  verdict: "refused",
  reasons: [reason],
  severe: false,
  renew: null,
  action: "update",
});
const withdrawn = { status: "withdrawn" } as const;

describe.each(both)("a release on $platform", (input) => {
  it("that was withdrawn is refused in both modes, and an update is what helps", () => {
    expect(judged(input, "any", [["7", withdrawn]])).toEqual(update("version_withdrawn"));
    expect(judged(input, "listed", [["7", withdrawn]])).toEqual(update("version_withdrawn"));
    expect(judged(input, "any", [["7", { ...withdrawn, expiresAtMs: nowMs }]])).toEqual(update("version_withdrawn"));
  });

  it("that expires is refused from that very millisecond on, in both modes", () => {
    expect(judged(input, "any", [["7", { expiresAtMs: nowMs + 1 }]])).toEqual(trusted);
    expect(judged(input, "listed", [["7", { expiresAtMs: nowMs + 1 }]])).toEqual(trusted);
    expect(judged(input, "any", [["7", { expiresAtMs: nowMs }]])).toEqual(update("version_expired"));
    expect(judged(input, "listed", [["7", { expiresAtMs: nowMs }]])).toEqual(update("version_expired"));
  });

  it("that is not listed counts unless listed ones alone do", () => {
    expect(judged(input, "any", [["8"]])).toEqual(trusted);
    expect(judged(input, "listed", [["7"]])).toEqual(trusted);
    expect(judged({ ...input, use: "enrol" }, "listed", [["8"]])).toEqual(update("version_unregistered"));
    expect(judged({ ...input, use: "enrol" }, "listed", [])).toEqual(update("version_unregistered"));
  });

  it("of the other platform says nothing of this one", () => {
    const other = input.platform === "ios" ? "android" : "ios";
    const releases = { mode: "any", known: [release(other, "7", withdrawn)] } as const;
    expect(decide(appraise({ ...input, releases }), input.settings)).toEqual(trusted);
  });

  it("that is only claimed can refuse, and never accept", () => {
    expect(judged(claiming(input, "8"), "any", [["8", withdrawn]])).toEqual(update("version_withdrawn"));
    expect(judged(claiming(input, "8"), "listed", [["7"]])).toEqual(update("version_unregistered"));
    expect(judged({ ...claiming(input, "8"), use: "enrol" }, "listed", [["8"]])).toEqual(
      update("version_unregistered"),
    );
    expect(judged({ ...claiming(input, "8"), use: "enrol" }, "any", [["7", withdrawn]])).toEqual(
      update("version_withdrawn"),
    );
  });

  it("that is withdrawn is not what an update is asked for where something else refuses too", () => {
    const banned = { ...input, bans: { banned: true, quarantined: false } };
    const decision = judged(banned, "any", [["7", withdrawn]]);
    expect(decision.reasons).toEqual(["banned", "version_withdrawn"]);
    expect(decision.action).toBeUndefined();
  });

  it("is not judged where no evidence was verified", () => {
    const without: AppraisalInput = { ...input, evidence: { state: "missing" }, facts: null };
    expect(judged(without, "listed", [["7", withdrawn]])).toMatchObject({ reasons: ["evidence_missing"] });
    expect(judged(without, "listed", []).action).toBeUndefined();
  });
});

describe("before iOS 27, where evidence names no version,", () => {
  it("a claimed build is refused where it was withdrawn or has expired", () => {
    expect(judged(oldIos, "any", [["7", withdrawn]])).toEqual(update("version_withdrawn"));
    expect(judged(oldIos, "any", [["7", { expiresAtMs: nowMs }]])).toEqual(update("version_expired"));
    expect(judged(oldIos, "any", [["8", withdrawn]])).toEqual(trusted);
  });

  it("a claim of a listed release is not enough where listed ones alone count", () => {
    expect(judged(oldIos, "listed", [["7"]])).toEqual(update("version_unregistered"));
  });
});

describe("Android's evidence of an older build", () => {
  const updated = claiming(android, "8");
  const renew = { verdict: "refused", reasons: ["version_changed"], severe: false, renew: "version_changed" };

  it("that names a release which no longer counts asks the running build for its own evidence", () => {
    expect(judged(updated, "any", [["7", withdrawn]])).toEqual(renew);
    expect(judged(updated, "any", [["7", { expiresAtMs: nowMs }]])).toEqual(renew);
    expect(judged(updated, "listed", [["8"]])).toEqual(renew);
  });

  it("is enough while its release counts", () => {
    expect(judged(updated, "listed", [["7"], ["8"]])).toEqual(trusted);
  });

  it("is never asked for anew where the claimed build is refused too", () => {
    expect(
      judged(updated, "any", [
        ["7", withdrawn],
        ["8", withdrawn],
      ]),
    ).toEqual(update("version_withdrawn"));
    expect(judged(updated, "listed", [["7", withdrawn]]).renew).toBeNull();
  });

  it("does not make an iPhone enrol again: each of its statements names the version", () => {
    expect(judged(claiming(ios, "8"), "any", [["7", withdrawn]])).toEqual(update("version_withdrawn"));
  });
});
