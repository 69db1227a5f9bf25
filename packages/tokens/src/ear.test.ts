import { type Reason, reasonMappings, reasons } from "@countersign/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EarInput, toEar } from "./ear.ts";
import { now, nowMs } from "./testing/sample-input.ts";

const base: EarInput = {
  verdict: "trusted",
  reasons: [],
  project: "AAAAAAAAAAAAAAAAAAAAAA",
  app: "shop",
  platform: "android",
  policy: "default/7",
  verifier: { developer: "https://service.example", build: "countersign 0.1.0" },
  nowMs: nowMs + 999,
};
const render = (input: Partial<EarInput> = {}) => toEar({ ...base, ...input });
const vectorOf = (input: Partial<EarInput>) => render(input).submods.android?.ear_trustworthiness_vector;

const tiers = ["none", "affirming", "warning", "contraindicated"];
/** draft-ietf-rats-ar4si §2.3.2, written anew. */
function tierOf(value: number): number {
  if (value >= -1 && value <= 1) return 0;
  if (Math.abs(value) < 32 || value === -32) return 1;
  return Math.abs(value) < 96 || value === -96 ? 2 : 3;
}

describe("an EAR", () => {
  it("of a trusted instance affirms the instance, and nothing that no check proves", () => {
    expect(render()).toEqual({
      eat_profile: "tag:ietf.org,2026:rats/ear#04",
      iat: now,
      ear_status: "affirming",
      ear_verifier_id: base.verifier,
      submods: {
        android: {
          ear_status: "affirming",
          ear_trustworthiness_vector: { "instance-identity": 2 },
          ear_appraisal_policy_ids: ["default/7"],
          ear_verifier_claims: { project: base.project, app: "shop", reasons: [] },
        },
      },
    });
  });

  it("carries end and nonce where they are given", () => {
    const nonce = new Uint8Array(8).fill(255);
    expect(render({ expiresAtMs: nowMs + 1500, nonce })).toMatchObject({ exp: now + 1, eat_nonce: "__________8" });
    expect(() => render({ nonce: new Uint8Array(7) })).toThrow(TypeError);
    expect(() => render({ nonce: new Uint8Array(65) })).toThrow(TypeError);
    expect(() => render({ nowMs: Number.NaN })).toThrow(TypeError);
    expect(() => render({ policy: "" })).toThrow(TypeError);
  });

  it("keeps the worst value of each claim", () => {
    const given: readonly Reason[] = ["patch_level_too_old", "signal_hook", "app_id_mismatch", "revocation_unknown"];
    expect(vectorOf({ verdict: "refused", reasons: given })).toEqual({ executables: 96, "instance-identity": -1 });
    expect(vectorOf({ verdict: "refused", reasons: given.toReversed() })).toEqual(
      vectorOf({ verdict: "refused", reasons: given }),
    );
  });

  it("draws no conclusion on an instance that is neither trusted nor spoken against", () => {
    expect(vectorOf({ verdict: "restricted" })).toEqual({ "instance-identity": 0 });
    expect(render({ verdict: "restricted" }).ear_status).toBe("warning");
    expect(render({ verdict: "refused" }).ear_status).toBe("contraindicated");
  });

  it("is never better than the verdict, nor than any of its claims", () => {
    const best = { trusted: 1, restricted: 2, refused: 3 };
    const some = fc.array(fc.constantFrom(...(Object.keys(reasons) as Reason[])), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom("trusted", "restricted", "refused"), some, (verdict, given) => {
        const ear = render({ verdict, reasons: given });
        const appraisal = ear.submods.android;
        if (appraisal === undefined) return expect.unreachable();
        const values = Object.values(appraisal.ear_trustworthiness_vector);
        expect(values.length).toBeGreaterThan(0);
        expect(ear.ear_status).toBe(appraisal.ear_status);
        expect(tiers.indexOf(ear.ear_status)).toBe(Math.max(best[verdict], ...values.map(tierOf)));
        for (const reason of given) {
          const { ear: claim } = reasonMappings[reason];
          if (claim === null) continue;
          const held = appraisal.ear_trustworthiness_vector[claim.claim] ?? Number.NaN;
          expect(tierOf(held)).toBeGreaterThanOrEqual(tierOf(claim.value));
        }
      }),
    );
  });

  it("affirms no claim that any reason speaks of, and says so in its status", () => {
    for (const [reason, { ear }] of Object.entries(reasonMappings)) {
      if (ear === null) continue;
      const given = { reasons: [reason as Reason] };
      expect(vectorOf(given)?.[ear.claim], reason).toBe(ear.value);
      expect(render(given).ear_status, reason).toBe(tiers[Math.max(1, tierOf(ear.value))]);
    }
  });
});
