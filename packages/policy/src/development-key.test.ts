import type { DevelopmentFacts, Reason } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import { type AppraisalInput, appraise, type DevelopmentKeyState, decide, FACTS_VERSION, notesOf } from "./index.ts";

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 22);
const platforms = ["ios", "android", "web"] as const;
const good: DevelopmentKeyState = { state: "good", name: "ci" };

function inputOf(platform: (typeof platforms)[number]): AppraisalInput {
  const facts: DevelopmentFacts = { platform, development: { key: "AAAAAAAAAAAAAAAAAAAAAA" } };
  return {
    platform,
    evidence: { state: "verified" },
    facts,
    developmentKey: good,
    factsVersion: FACTS_VERSION,
    claims: { id: "app", version: "1.0", build: "7" },
    signals: [],
    detectors: {},
    references: {
      ios: { appIds: ["TEAM.app"] },
      android: { packageName: "com.example", signingDigests: ["ab"] },
      web: { origins: ["https://app.example"] },
    },
    settings: {
      kind: "development",
      permissions: [],
      evidenceMaxAgeDays: 90,
      bootKeys: [],
      requiredDetectors: [],
      play: "require",
      requireStrongBox: true,
      maxPatchAgeMonths: 1,
      maxCertificatesIssued: 1,
      requiredCategories: [4],
    },
    bans: { banned: false, quarantined: false },
    nowMs,
    evidenceAtMs: nowMs - dayMs,
  };
}

const judged = (input: AppraisalInput) => decide(appraise(input), input.settings);
const seen = (name: string) => [{ name, count: 1, ageSeconds: 0 }];
const trusted = { verdict: "trusted", reasons: [], severe: false, renew: null };

describe.each(platforms)("an instance of %s that rests on a development key", (platform) => {
  const input = inputOf(platform);

  it("is trusted while the key counts, whatever the project demands of a platform's evidence", () => {
    expect(judged(input)).toEqual(trusted);
  });

  it.each<[DevelopmentKeyState["state"], Reason]>([
    ["unknown", "development_key_unknown"],
    ["invalid", "development_key_invalid"],
    ["revoked", "development_key_revoked"],
    ["expired", "development_key_expired"],
    ["exhausted", "development_key_exhausted"],
  ])("is refused where the key is %s", (state, reason) => {
    const decision = judged({ ...input, developmentKey: { state, name: "ci" } });
    expect([decision.verdict, decision.reasons, decision.severe]).toEqual(["refused", [reason], false]);
  });

  it("is refused where nothing is known of its key", () => {
    for (const developmentKey of [null, undefined]) {
      const { developmentKey: _, ...rest } = input;
      const without = developmentKey === undefined ? rest : { ...rest, developmentKey };
      expect(judged(without).reasons).toEqual(["development_key_unknown"]);
    }
  });

  it("is refused in production, however good its key is and whatever is permitted", () => {
    const settings = { ...input.settings, kind: "production", permissions: ["simulator", "software-key"] } as const;
    const decision = judged({ ...input, settings });
    expect([decision.verdict, decision.reasons[0]]).toEqual(["refused", "development_key_not_allowed"]);
  });

  it("may be seen on an emulator, and is refused for every other signal as ever", () => {
    const onEmulator = { ...input, signals: seen("emulator") };
    expect(judged(onEmulator)).toEqual(trusted);
    expect(notesOf(appraise(onEmulator), onEmulator.settings)).toEqual(["signal_emulator"]);
    expect(judged({ ...input, signals: seen("hook") }).severe).toBe(true);
    expect(judged({ ...input, signals: seen("root") }).reasons).toEqual(["signal_root"]);
  });

  it("may be seen on an emulator by no key that does not count", () => {
    const expired = { ...input, developmentKey: { state: "expired", name: "ci" }, signals: seen("emulator") } as const;
    expect(judged(expired).reasons).toEqual(["development_key_expired", "signal_emulator"]);
  });

  it("is held to registration, bans and detectors", () => {
    expect(judged({ ...input, references: null }).reasons).toContain("app_unknown");
    expect(judged({ ...input, bans: { banned: true, quarantined: false } }).reasons).toEqual(["banned"]);
    const settings = { ...input.settings, requiredDetectors: ["hook"] };
    expect(judged({ ...input, settings }).reasons).toEqual(["detector_missing"]);
  });
});

describe("releases", () => {
  it("are judged by what the agent claims, since a development key proves no version", () => {
    const input = inputOf("android");
    const release = { platform: "android", version: "7", status: "active", expiresAtMs: null } as const;
    const releases = { mode: "listed", known: [release] } as const;
    expect(judged({ ...input, releases })).toEqual(trusted);
    expect(judged({ ...input, releases, claims: { ...input.claims, build: "8" } }).reasons).toEqual([
      "version_unregistered",
    ]);
    const withdrawn = { ...releases, known: [{ ...release, status: "withdrawn" }] } as const;
    expect(judged({ ...input, releases: withdrawn })).toMatchObject({ verdict: "refused", action: "update" });
  });
});

describe("an instance that rests on its platform's evidence", () => {
  it("is judged without a development key", () => {
    const input = inputOf("web");
    const { developmentKey: _, ...rest } = input;
    const plain = { ...rest, facts: { platform: "web", origin: "https://app.example" } } as const;
    expect(appraise(plain).find(({ name }) => name === "development_key")?.result).toBe("not_evaluated");
    expect(judged(plain).verdict).toBe("restricted");
  });

  it("gains nothing by a development key in production", () => {
    const input = inputOf("web");
    const facts = { platform: "web", origin: "https://app.example" } as const;
    const settings = { ...input.settings, kind: "production" } as const;
    expect(judged({ ...input, facts, settings }).reasons[0]).toBe("development_key_not_allowed");
  });
});
