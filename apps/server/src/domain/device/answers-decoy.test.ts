import type { Decision } from "@countersign/policy";
import { describe, expect, it } from "vitest";
import { answersDecoy } from "./answers-decoy.ts";

const refused: Decision = { verdict: "refused", reasons: ["bootloader_unlocked"], severe: false, renew: null };
const on = { decoy: true };

describe("a refusal", () => {
  it("is answered with a decoy where the project wants it, and nowhere else", () => {
    expect([answersDecoy(on, refused), answersDecoy({ decoy: false }, refused), answersDecoy({}, refused)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([["revocation_unknown"], ["play_unconfigured"], ["play_quota_exhausted"], ["play_unavailable"]] as const)(
    "for %s alone is honest: the service is at fault, and a decoy would hold the instance fast",
    (reason) => {
      expect(answersDecoy(on, { ...refused, reasons: [reason] })).toBe(false);
      expect(answersDecoy(on, { ...refused, reasons: [reason, "banned"] })).toBe(true);
    },
  );

  it("that an update or a new enrolment ends is honest", () => {
    expect(answersDecoy(on, { ...refused, reasons: ["version_withdrawn"], action: "update" })).toBe(false);
    expect(answersDecoy(on, { ...refused, renew: "evidence_too_old" })).toBe(false);
  });

  it("is nothing that a trusted or restricted instance has", () => {
    for (const verdict of ["trusted", "restricted"] as const) {
      expect(answersDecoy(on, { ...refused, verdict, reasons: [] })).toBe(false);
    }
  });
});
