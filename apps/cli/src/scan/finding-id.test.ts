import { describe, expect, it } from "vitest";
import { draw } from "../testing/made-keys.ts";
import { toFindingId } from "./finding-id.ts";
import { maskValue } from "./mask.ts";
import { isUnguessable } from "./rules/randomness.ts";

const of = (value: string, name: string | null = "password") =>
  toFindingId({ rule: "named-password", value, name, isUnguessable: isUnguessable(value) });

describe("a finding's id", () => {
  it("tells values that cannot be guessed apart, whatever they look like outside", () => {
    const values = Array.from({ length: 200 }, (_, index) => `pref${draw("alnum", 40, String(index))}QQ`);
    expect(new Set(values.map((value) => of(value))).size).toBe(200);
    expect(of(values[0] ?? "", "a")).toBe(of(values[0] ?? "", "b"));
  });

  it("of a value that can be guessed holds nothing that the report does not show", () => {
    expect(maskValue("Kaffee7!")).toBe(maskValue("Klapper9"));
    expect(of("Kaffee7!")).toBe(of("Klapper9"));
    expect(of("Kaffee7!")).not.toBe(of("Kaffee7!", "passphrase"));
  });

  it.each([
    "hunter2hunter2",
    "Tr0ub4dor&3",
    "correct-horse-battery-staple",
    "astropiks-hard-coded-demonstration-key-0",
  ])("%s counts as one that can be guessed", (value) => {
    expect(isUnguessable(value)).toBe(false);
  });

  it("is 16 hexadecimal characters", () => {
    expect(of("x")).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe("a masked value", () => {
  it.each([
    ["", "…"],
    ["Kaffee7!", "K…"],
    ["twelve-chars", "tw…s"],
    [draw("hex", 32), `${draw("hex", 32).slice(0, 4)}…${draw("hex", 32).slice(-2)}`],
  ])("%s is %s", (value, masked) => {
    expect(maskValue(value)).toBe(masked);
  });

  it("shows at most six characters, and at most a quarter", () => {
    for (let length = 0; length < 200; length += 1) {
      const shown = maskValue("x".repeat(length)).length - 1;
      expect(shown).toBeLessThanOrEqual(Math.min(6, length / 4));
    }
  });
});
