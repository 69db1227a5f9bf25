import { describe, expect, it } from "vitest";
import { isProblemCode, problems, toProblem } from "./problems.ts";

describe("problems", () => {
  it("are RFC 9457 bodies with the table's status and title", () => {
    for (const [code, { status, title }] of Object.entries(problems)) {
      if (!isProblemCode(code)) throw new Error(code);
      expect(toProblem(code)).toMatchObject({ type: `/errors/${code}`, code, status, title });
      expect(status).toBeGreaterThanOrEqual(400);
    }
    expect(isProblemCode("toString")).toBe(false);
  });

  it("say which versions are spoken", () => {
    expect(toProblem("unsupported_version").supported).toEqual([1]);
  });

  it("carry a fresh challenge or a delay where there is one", () => {
    expect(toProblem("challenge_spent", { challenge: "c" })).toMatchObject({ status: 409, challenge: "c" });
    expect(toProblem("slow_down", { retryAfterSeconds: 7 })).toMatchObject({ status: 429, retryAfterSeconds: 7 });
  });
});
