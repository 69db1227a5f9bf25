import { describe, expect, it } from "vitest";
import { budgetKeyOf, parseBudgetKey } from "./budget-key.ts";

const project = "AAAAAAAAAAAAAAAAAAAAAA";
const instance = "BBBBBBBBBBBBBBBBBBBBBB";

describe("the key of a budget", () => {
  it("is read back as what it was made of, and differs for every holder and window", () => {
    const own = { project, secret: "nasa-key", instance, decoy: false, windowSeconds: 60 };
    const all = { ...own, instance: null };
    const keys = [own, all, { ...all, decoy: true }, { ...all, windowSeconds: 61 }, { ...all, secret: "nasa" }];
    expect(new Set(keys.map(budgetKeyOf)).size).toBe(keys.length);
    expect(parseBudgetKey(budgetKeyOf(own))).toEqual({ ...own, of: "instance" });
    for (const key of keys.slice(1)) expect(parseBudgetKey(budgetKeyOf(key))).toEqual({ ...key, of: "secret" });
  });

  it("is nothing else", () => {
    const good = `${project}:broker-budget:nasa-key:all:60`;
    for (const bad of [
      "",
      good.slice(1),
      `${good}0000000000`,
      `${good}\n`,
      good.replace("all", "of:x"),
      good.replace("all", "anybody"),
      good.replace("nasa-key", "NASA"),
      good.replace("broker-budget", "broker"),
      `${project}:watch:${instance}`,
    ]) {
      expect([bad, parseBudgetKey(bad)]).toEqual([bad, null]);
    }
  });
});
