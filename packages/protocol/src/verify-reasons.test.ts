import { describe, expect, it } from "vitest";
import { isVerifyReason, verifyBuckets, verifyReasons } from "./verify-reasons.ts";

describe("reasons of verifiers", () => {
  it("each count as something other than verified, with a title and what to do", () => {
    for (const [reason, { bucket, title, mend }] of Object.entries(verifyReasons)) {
      expect(reason).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(verifyBuckets).toContain(bucket);
      expect(bucket).not.toBe("verified");
      expect(title).toMatch(/^[A-Z]\S.*[^.]$/);
      expect(mend).toMatch(/^\S.*\.$/);
    }
  });

  it("are told from members that every object has", () => {
    expect(isVerifyReason("token_consumed")).toBe(true);
    expect(isVerifyReason("toString")).toBe(false);
  });
});
