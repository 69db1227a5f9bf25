import { describe, expect, test } from "vitest";
import { appraise, type Rule } from "./findings.ts";

const rules = [
  { name: "first", reason: "evidence_malformed" },
  { name: "second", reason: "chain_length" },
  { name: "third", reason: "chain_untrusted" },
] as const satisfies readonly Rule[];

const facts = { some: "facts" };

test("accepts where every rule is met or waived, and there are facts", () => {
  const result = appraise(rules, (findings) => {
    findings.judge("first", true, null, null);
    findings.judge("third", true, null, null);
    findings.waive("second", null, null);
    return facts;
  });
  expect(result).toMatchObject({ ok: true, facts });
  expect(result.checks.map((check) => check.result)).toEqual(["pass", "not_evaluated", "pass"]);
});

describe("refuses", () => {
  test("where a rule was forgotten, with that rule's reason", () => {
    const result = appraise(rules, (findings) => {
      findings.judge("first", true, null, null);
      findings.judge("third", true, null, null);
      return facts;
    });
    expect(result).toMatchObject({ ok: false, reason: "chain_length" });
  });

  test("with the reason of the first failure in order, whatever was judged first", () => {
    const result = appraise(rules, (findings) => {
      findings.judge("third", false, null, null);
      findings.judge("second", false, null, null);
      findings.judge("first", true, null, null);
      return facts;
    });
    expect(result).toMatchObject({ ok: false, reason: "chain_length", facts });
  });

  test("where the verifier threw, and lets nothing escape", () => {
    const result = appraise(rules, () => {
      throw new Error("unforeseen");
    });
    expect(result).toMatchObject({ ok: false, reason: "evidence_malformed", facts: null });
  });

  test("where there are no facts, though every rule is met", () => {
    const result = appraise(rules, (findings) => {
      for (const { name } of rules) findings.judge(name, true, null, null);
      return null;
    });
    expect(result).toMatchObject({ ok: false, reason: "evidence_malformed", facts: null });
  });
});

test("shows hostile text without control characters, and not at length", () => {
  const { checks } = appraise(rules, (findings) => {
    findings.judge("first", false, "a\u001b[2Jb\u202ec\u2028d", "x".repeat(5000));
    return null;
  });
  expect(checks[0]?.expected).toBe("a\ufffd[2Jb\ufffdc\ufffdd");
  expect(checks[0]?.found?.length).toBe(200);
});
