import type { AndroidFacts, IosFacts, Reason, WebFacts } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import {
  type AppraisalInput,
  appraise,
  decide,
  defaultGrants,
  defaultRules,
  FACTS_VERSION,
  isPermission,
  notesOf,
  type Permission,
  type PolicySettings,
  permissions,
} from "./index.ts";

const dayMs = 86_400_000;
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
const webFacts: WebFacts = { platform: "web", origin: "https://app.example" };

const common = {
  evidence: { state: "verified" },
  factsVersion: FACTS_VERSION,
  claims: { id: "app", version: "1.0", build: "7" },
  signals: [],
  detectors: { hook: 1 },
  references: {
    ios: { appIds: ["TEAM.app"] },
    android: { packageName: "com.example", signingDigests: ["ab", "cd"] },
    web: { origins: ["https://app.example"] },
  },
  settings: {
    kind: "production",
    permissions: [],
    evidenceMaxAgeDays: 90,
    bootKeys: ["feed"],
    requiredDetectors: ["hook"],
  },
  bans: { banned: false, quarantined: false },
  nowMs,
  evidenceAtMs: nowMs - dayMs,
} as const satisfies Partial<AppraisalInput>;

const ios: AppraisalInput = { ...common, platform: "ios", facts: iosFacts };
const android: AppraisalInput = { ...common, platform: "android", facts: androidFacts };
const web: AppraisalInput = { ...common, platform: "web", facts: webFacts };

const judged = (input: AppraisalInput) => decide(appraise(input), input.settings);
const seen = (name: string) => [{ name, count: 1, ageSeconds: 0 }];
const development = (...names: readonly Permission[]) => ({ kind: "development", permissions: names }) as const;

describe("the default policy", () => {
  it("trusts a genuine iPhone and a genuine Pixel, without a reason against them", () => {
    for (const input of [
      ios,
      android,
      { ...android, facts: { ...androidFacts, securityLevel: "strongbox" as const } },
    ]) {
      expect(judged(input)).toEqual({ verdict: "trusted", reasons: [], severe: false, renew: null });
    }
  });

  const refusals: readonly (readonly [Reason, AppraisalInput])[] = [
    ["app_unknown", { ...ios, references: null }],
    ["platform_unregistered", { ...ios, references: { ...common.references, ios: null } }],
    ["banned", { ...ios, bans: { banned: true, quarantined: false } }],
    ["quarantined", { ...ios, bans: { banned: false, quarantined: true } }],
    ["evidence_missing", { ...ios, evidence: { state: "missing" }, facts: null }],
    ["chain_untrusted", { ...ios, evidence: { state: "refused", reason: "chain_untrusted" }, facts: null }],
    ["evidence_missing", { ...ios, facts: androidFacts }],
    ["app_id_mismatch", { ...ios, facts: { ...iosFacts, appId: "OTHER.app" } }],
    ["environment_mismatch", { ...ios, facts: { ...iosFacts, environment: "development" } }],
    ["environment_mismatch", { ...ios, facts: { ...iosFacts, validationCategory: 3 } }],
    ["security_level_software", { ...android, facts: { ...androidFacts, securityLevel: "software" } }],
    ["bootloader_unlocked", { ...android, facts: { ...androidFacts, deviceLocked: false } }],
    ["bootloader_unlocked", { ...android, facts: { ...androidFacts, deviceLocked: null } }],
    ["boot_state_unverified", { ...android, facts: { ...androidFacts, verifiedBootState: "unverified" } }],
    ["boot_state_unverified", { ...android, facts: { ...androidFacts, verifiedBootState: null } }],
    ["boot_key_unknown", { ...android, facts: { ...androidFacts, verifiedBootState: "self_signed" } }],
    ["package_mismatch", { ...android, facts: { ...androidFacts, packages: [{ name: "com.clone", version: 7 }] } }],
    ["signing_digest_mismatch", { ...android, facts: { ...androidFacts, signingDigests: ["ee"] } }],
    ["signing_digest_mismatch", { ...android, facts: { ...androidFacts, signingDigests: [] } }],
    ["signing_digest_mismatch", { ...android, facts: { ...androidFacts, signingDigests: ["ab", "ee"] } }],
    ["origin_unregistered", { ...web, facts: { ...webFacts, origin: null } }],
    ["origin_unregistered", { ...web, facts: { ...webFacts, origin: "https://evil.example" } }],
    ["detector_missing", { ...ios, detectors: {} }],
    ["signal_root", { ...ios, signals: seen("root") }],
    ["signal_emulator", { ...android, signals: seen("emulator") }],
  ];

  it.each(refusals)("refuses with %s first, and does not quarantine", (reason, input) => {
    const decision = judged(input);
    expect([decision.verdict, decision.reasons[0], decision.severe, decision.renew]).toEqual([
      "refused",
      reason,
      false,
      null,
    ]);
  });

  it.each(["hook", "debugger", "repackaged"])("refuses and quarantines on %s", (name) => {
    const reason = `signal_${name}` as Reason;
    for (const input of [ios, android, web]) {
      expect(judged({ ...input, signals: seen(name) })).toMatchObject({ verdict: "refused", severe: true });
      expect(judged({ ...input, signals: seen(name) }).reasons).toContain(reason);
    }
  });

  it.each([
    "mitm",
    "service_channel",
    "cloner",
    "automation",
    "accessibility",
    "screen_capture",
    "user_ca",
    "proxy",
    "developer_mode",
  ])("counts %s as a finding and gives the session", (name) => {
    const checks = appraise({ ...ios, signals: seen(name) });
    expect(checks.find((check) => check.name === `signal_${name}`)?.result).toBe("fail");
    expect(decide(checks, ios.settings)).toEqual({ verdict: "trusted", reasons: [], severe: false, renew: null });
    expect(notesOf(checks, ios.settings)).toEqual([`signal_${name}`]);
  });

  it("notes each failed finding once that neither refuses nor restricts, and no other", () => {
    const of = (...names: string[]) => notesOf(appraise({ ...ios, signals: names.flatMap(seen) }), ios.settings);
    expect([of(), of("hook"), of("future")]).toEqual([[], [], []]);
    expect(of("mitm", "hook", "service_channel", "mitm").toSorted()).toEqual(["signal_mitm", "signal_service_channel"]);
  });

  it("notes what a permission lets pass, in a development project alone", () => {
    const checks = appraise({ ...ios, signals: seen("debugger") });
    expect(notesOf(checks, { ...ios.settings, ...development("debugger") })).toEqual(["signal_debugger"]);
    expect(notesOf(checks, { ...ios.settings, permissions: ["debugger"] })).toEqual([]);
  });

  it("restricts on a signal it does not know", () => {
    expect(judged({ ...ios, signals: seen("future") })).toMatchObject({
      verdict: "restricted",
      reasons: ["signal_unknown"],
    });
  });

  it("takes no signal's name from an object's prototype", () => {
    expect(judged({ ...ios, signals: seen("constructor") }).verdict).toBe("restricted");
  });

  it("never trusts a browser", () => {
    expect(judged(web)).toEqual({ verdict: "restricted", reasons: ["web_untrusted"], severe: false, renew: null });
  });

  it("allows a custom operating system whose boot key is on the list", () => {
    const facts = { ...androidFacts, verifiedBootState: "self_signed", verifiedBootKey: "feed" } as const;
    expect(judged({ ...android, facts }).verdict).toBe("trusted");
    expect(judged({ ...android, facts: { ...facts, deviceLocked: false } }).verdict).toBe("refused");
  });

  it("finds a custom operating system, and trusts it no less for that", () => {
    const customOf = (facts: Partial<AndroidFacts>) =>
      appraise({ ...android, facts: { ...androidFacts, ...facts } }).find(
        ({ name }) => name === "android_custom_system",
      );
    const custom = { verifiedBootState: "self_signed", verifiedBootKey: "feed" } as const;
    expect(customOf(custom)).toMatchObject({ result: "fail", found: "a custom system under feed" });
    expect(customOf({})).toMatchObject({ result: "pass" });
    expect(judged({ ...android, facts: { ...androidFacts, ...custom } })).toMatchObject({
      verdict: "trusted",
      reasons: [],
    });
  });

  const demands: readonly (readonly [Reason, Partial<PolicySettings>, Partial<AndroidFacts>, Partial<AndroidFacts>])[] =
    [
      ["strongbox_missing", { requireStrongBox: true }, { securityLevel: "tee" }, { securityLevel: "strongbox" }],
      ["patch_level_too_old", { maxPatchAgeMonths: 12 }, { osPatchLevel: 202510 }, { osPatchLevel: 202511 }],
      ["patch_level_too_old", { maxPatchAgeMonths: 12 }, { osPatchLevel: 20251005 }, { osPatchLevel: 20251105 }],
      ["patch_level_too_old", { maxPatchAgeMonths: 1 }, { osPatchLevel: null }, { osPatchLevel: 202610 }],
      ["patch_level_too_old", { maxPatchAgeMonths: 1 }, { osPatchLevel: 0 }, { osPatchLevel: 202612 }],
      [
        "certificates_issued_too_many",
        { maxCertificatesIssued: 8 },
        { certificatesIssued: 9 },
        { certificatesIssued: 8 },
      ],
    ];

  it.each(demands)("refuses with %s where %j is demanded, and not by default", (reason, demand, bad, good) => {
    const withFacts = (facts: Partial<AndroidFacts>, settings: Partial<PolicySettings>) =>
      judged({
        ...android,
        facts: { ...androidFacts, certificatesIssued: 0, ...facts },
        settings: { ...common.settings, ...settings },
      });
    expect(withFacts(bad, demand)).toEqual({ verdict: "refused", reasons: [reason], severe: false, renew: null });
    expect(withFacts(good, demand).verdict).toBe("trusted");
    expect(withFacts(bad, {}).verdict).toBe("trusted");
  });

  it("shows what is not demanded: level, patch level with its age, certificates issued", () => {
    const checks = appraise({ ...android, facts: { ...androidFacts, certificatesIssued: 24 } });
    const shown = (name: string) => checks.find((check) => check.name === name);
    const notEvaluated = { result: "not_evaluated", expected: null };
    expect(shown("android_strongbox")).toMatchObject({ ...notEvaluated, found: "tee" });
    expect(shown("android_patch_level")).toMatchObject({ ...notEvaluated, found: "202511, 12 months old" });
    expect(shown("android_certificates_issued")).toMatchObject({ ...notEvaluated, found: "24" });
  });

  it("cannot hold a device to a number that Google does not say of it", () => {
    const settings = { ...common.settings, maxCertificatesIssued: 1 };
    const facts = { ...androidFacts, certificatesIssued: null };
    expect(judged({ ...android, facts, settings }).verdict).toBe("trusted");
  });

  it("asks for a new enrolment where facts of an older release lack the number that is demanded now", () => {
    const settings = { ...common.settings, maxCertificatesIssued: 1 };
    expect(judged({ ...android, settings })).toMatchObject({ verdict: "refused", renew: "facts_missing" });
    expect(judged({ ...ios, settings }).verdict).toBe("trusted");
    expect(judged(android).verdict).toBe("trusted");
  });

  const appleDemands: readonly (readonly [Reason, Partial<AppraisalInput>, Partial<AppraisalInput>, object])[] = [
    [
      "distribution_not_allowed",
      { facts: { ...iosFacts, validationCategory: 2 } },
      { facts: { ...iosFacts, validationCategory: 4 } },
      { requiredCategories: [4] },
    ],
    [
      "distribution_not_allowed",
      { facts: { ...iosFacts, validationCategory: null } },
      { facts: { ...iosFacts, validationCategory: 5 } },
      { requiredCategories: [4, 5] },
    ],
    ["risk_metric_too_high", { riskMetric: 11 }, { riskMetric: 10 }, { maxRiskMetric: 10 }],
  ];

  it.each(appleDemands)("refuses an iPhone with %s where that is demanded, and not by default", (...demand) => {
    const [reason, bad, good, settings] = demand;
    const demanded = { ...common.settings, ...settings };
    expect(judged({ ...ios, ...bad, settings: demanded })).toMatchObject({ verdict: "refused", reasons: [reason] });
    expect(judged({ ...ios, ...good, settings: demanded }).verdict).toBe("trusted");
    expect(judged({ ...ios, ...bad }).verdict).toBe("trusted");
    expect(judged({ ...android, settings: demanded }).verdict).toBe("trusted");
  });

  it("lets an iPhone pass whose risk metric nobody knows", () => {
    for (const riskMetric of [null, undefined]) {
      const known = riskMetric === undefined ? {} : { riskMetric };
      expect(judged({ ...ios, ...known, settings: { ...common.settings, maxRiskMetric: 1 } }).verdict).toBe("trusted");
    }
  });

  it("shows the channel an app came by, its attested build and the risk metric, whatever is demanded", () => {
    const found = (name: string, changes: Partial<AppraisalInput>) =>
      appraise({ ...ios, ...changes }).find((check) => check.name === name);
    const channel = (validationCategory: number | null) =>
      found("apple_category", { facts: { ...iosFacts, validationCategory } })?.found;
    expect([1, 2, 3, 4, 5, 6, 10, 77].map(channel)).toEqual([
      "system (1)",
      "TestFlight (2)",
      "development (3)",
      "App Store (4)",
      "enterprise or ad hoc (5)",
      "Developer ID (6)",
      "other (10)",
      "unknown (77)",
    ]);
    expect(channel(null)).toBe("none, as before iOS 27");
    expect(found("apple_risk_metric", { riskMetric: 3 })).toMatchObject({
      result: "not_evaluated",
      found: "3 keys in 30 days",
    });
    const build = (bundleVersion: string | null) =>
      found("apple_bundle_version", { facts: { ...iosFacts, bundleVersion } });
    expect(build("7")).toMatchObject({ result: "pass" });
    expect(build("8")).toMatchObject({ result: "fail", expected: "8", found: "7" });
    expect(build(null)).toMatchObject({ result: "not_evaluated" });
    expect(judged({ ...ios, facts: { ...iosFacts, bundleVersion: "8" } })).toMatchObject({
      verdict: "trusted",
      reasons: [],
    });
  });

  it("asks for a new enrolment when evidence is past its age, to the millisecond", () => {
    const evidenceAtMs = nowMs - 90 * dayMs;
    expect(judged({ ...ios, evidenceAtMs }).verdict).toBe("trusted");
    expect(judged({ ...ios, evidenceAtMs: evidenceAtMs - 1 })).toMatchObject({
      verdict: "refused",
      renew: "evidence_too_old",
    });
  });

  it("asks for a new enrolment when facts lack what a rule needs", () => {
    expect(judged({ ...ios, factsVersion: FACTS_VERSION - 1 })).toMatchObject({
      verdict: "refused",
      renew: "facts_missing",
    });
  });

  it("asks for a new enrolment after an update only where the project demands it", () => {
    const updated = { ...android, claims: { ...common.claims, build: "8" } };
    expect(judged(updated).verdict).toBe("trusted");
    const settings = { ...common.settings, reenrolOnUpdate: true };
    expect(judged({ ...updated, settings })).toMatchObject({ verdict: "refused", renew: "version_changed" });
    expect(judged({ ...android, settings }).verdict).toBe("trusted");
  });

  it("refuses rather than asks for an enrolment where something else stands against the instance", () => {
    const banned = { ...ios, evidenceAtMs: 0, bans: { banned: true, quarantined: false } };
    expect(judged(banned)).toMatchObject({ verdict: "refused", renew: null, reasons: ["banned", "evidence_too_old"] });
  });

  it("gives reasons in the documented order, each once", () => {
    const input = {
      ...android,
      bans: { banned: true, quarantined: true },
      signals: [...seen("root"), ...seen("hook")],
    };
    expect(judged(input).reasons).toEqual(["banned", "quarantined", "signal_hook", "signal_root"]);
  });
});

describe("deciding", () => {
  it("refuses an appraisal without findings", () => {
    expect(decide([], ios.settings)).toMatchObject({ verdict: "refused", severe: false });
  });

  it("refuses where a required rule said nothing, though nothing failed", () => {
    for (const rule of defaultRules.filter((each) => each.required)) {
      const checks = appraise(ios).filter((check) => check.name !== rule.name);
      expect([decide(checks, ios.settings).verdict, decide(checks, ios.settings).reasons]).toEqual([
        "refused",
        [rule.reason],
      ]);
    }
  });

  it("refuses evidence that was not verified, whatever the cause", () => {
    expect(judged({ ...ios, evidence: { state: "not_verified" }, facts: null })).toMatchObject({ verdict: "refused" });
    expect(judged({ ...ios, evidence: { state: "not_verified" } })).toMatchObject({ verdict: "refused" });
  });

  it("refuses on a failed finding that no rule knows", () => {
    const foreign = {
      name: "of_a_later_release",
      result: "fail",
      reason: "chain_shape",
      expected: null,
      found: null,
    } as const;
    expect(decide([...appraise(ios), foreign], ios.settings)).toMatchObject({
      verdict: "refused",
      reasons: ["chain_shape"],
    });
  });
});

describe("a development project", () => {
  it("judges as production does until a permission is named", () => {
    for (const [, input] of refusalsOfPermissions) {
      expect(judged({ ...input, settings: { ...input.settings, ...development() } }).verdict).toBe("refused");
    }
  });

  it.each(Object.keys(permissions).filter(isPermission))("loosens what %s names, and only that", (name) => {
    for (const [permission, input] of refusalsOfPermissions) {
      const { verdict } = judged({ ...input, settings: { ...input.settings, ...development(name) } });
      expect([permission, verdict]).toEqual([permission, permission === name ? "trusted" : "refused"]);
    }
  });

  it("is the only kind that permissions count in", () => {
    for (const [permission, input] of refusalsOfPermissions) {
      const settings = { ...input.settings, permissions: [permission] };
      expect(judged({ ...input, settings }).verdict).toBe("refused");
    }
  });

  it("is loosened by no unknown permission", () => {
    const unknown = { kind: "development", permissions: ["everything", "constructor"] } as const;
    for (const [, input] of refusalsOfPermissions) {
      expect(judged({ ...input, settings: { ...input.settings, ...unknown } }).verdict).toBe("refused");
    }
  });
});

const testedByHand = { labels: ["device"], sdk: 36, licensed: true, testing: true } as const;

const refusalsOfPermissions: readonly (readonly [Permission, AppraisalInput])[] = [
  [
    "software-key",
    { ...android, facts: { ...androidFacts, securityLevel: "software", deviceLocked: null, verifiedBootState: null } },
  ],
  ["app-attest-development", { ...ios, facts: { ...iosFacts, environment: "development", validationCategory: 3 } }],
  ["simulator", { ...ios, signals: seen("emulator") }],
  ["debugger", { ...ios, signals: seen("debugger") }],
  [
    "play-testing",
    { ...android, facts: { ...androidFacts, play: testedByHand }, settings: { ...common.settings, play: "require" } },
  ],
];

describe("what a verdict buys", () => {
  it("is everything for trusted, an empty session for restricted, nothing for refused", () => {
    const everything = { delivered: "delivered", brokered: "brokered", "by-verdict": "delivered" };
    const nothing = { delivered: null, brokered: null, "by-verdict": null };
    expect(defaultGrants).toEqual({
      trusted: { session: true, tokens: true, secrets: everything },
      restricted: { session: true, tokens: false, secrets: { ...nothing, "by-verdict": "brokered" } },
      refused: { session: false, tokens: false, secrets: nothing },
    });
  });

  it("is never the value of a secret for less than trusted, whatever its mode", () => {
    for (const verdict of ["restricted", "refused"] as const) {
      expect(Object.values(defaultGrants[verdict].secrets)).not.toContain("delivered");
    }
  });
});

describe("the rules", () => {
  it("have names of their own, and every permission loosens rules that exist", () => {
    const names = defaultRules.map((rule) => rule.name);
    expect(new Set(names).size).toBe(names.length);
    for (const { loosens } of Object.values(permissions)) for (const name of loosens) expect(names).toContain(name);
  });

  it("are each able to fail", () => {
    const inputs = [
      { ...ios, references: null },
      { ...ios, references: { ...common.references, ios: null } },
      { ...ios, bans: { banned: true, quarantined: true }, evidence: { state: "missing" } as const, detectors: {} },
      {
        ...ios,
        evidenceAtMs: 0,
        factsVersion: 0,
        facts: { ...iosFacts, appId: "x", environment: "development", validationCategory: 1 } as const,
      },
      {
        ...ios,
        riskMetric: 2,
        facts: { ...iosFacts, bundleVersion: "8", validationCategory: 2 },
        settings: { ...common.settings, requiredCategories: [4], maxRiskMetric: 1 },
      },
      { ...android, claims: { ...common.claims, build: "8" }, settings: { ...common.settings, reenrolOnUpdate: true } },
      { ...android, facts: { ...androidFacts, securityLevel: "software", packages: [], signingDigests: [] } as const },
      { ...android, facts: { ...androidFacts, deviceLocked: false, verifiedBootState: "failed" } as const },
      {
        ...android,
        facts: {
          ...androidFacts,
          verifiedBootState: "self_signed",
          osPatchLevel: null,
          certificatesIssued: 2,
        } as const,
        settings: { ...common.settings, requireStrongBox: true, maxPatchAgeMonths: 1, maxCertificatesIssued: 1 },
      },
      {
        ...android,
        play: { state: "missing" } as const,
        facts: { ...androidFacts, play: { ...testedByHand, labels: [] } },
        settings: { ...common.settings, play: "require" } as const,
      },
      { ...android, settings: { ...common.settings, play: "require" } as const },
      { ...android, play: { state: "missing" } as const, settings: { ...common.settings, play: "observe" } as const },
      ...(["withdrawn", "expired", "unregistered"] as const).map((state) => ({
        ...android,
        use: "session" as const,
        claims: { ...common.claims, build: state === "unregistered" ? "8" : "7" },
        releases: {
          mode: "listed" as const,
          known: [
            {
              platform: "android" as const,
              version: "7",
              status: state === "withdrawn" ? ("withdrawn" as const) : ("active" as const),
              expiresAtMs: state === "expired" ? 0 : null,
            },
          ],
        },
      })),
      {
        ...android,
        use: "session",
        releases: {
          mode: "any",
          known: [{ platform: "android", version: "7", status: "withdrawn", expiresAtMs: null }],
        },
        claims: { ...common.claims, build: "8" },
      } as const,
      { ...web, facts: { ...webFacts, origin: null } },
      { ...web, developmentKey: { state: "good", name: "ci" } as const },
      {
        ...ios,
        signals: [
          "hook",
          "repackaged",
          "debugger",
          "root",
          "emulator",
          "mitm",
          "service_channel",
          "cloner",
          "automation",
          "accessibility",
          "screen_capture",
          "user_ca",
          "proxy",
          "developer_mode",
          "x",
        ].flatMap(seen),
      },
    ];
    const failed = new Set(
      inputs.flatMap((input) => appraise(input)).flatMap((check) => (check.result === "fail" ? [check.name] : [])),
    );
    expect(defaultRules.map((rule) => rule.name).filter((name) => !failed.has(name))).toEqual(["apple_instance_key"]);
  });
});
