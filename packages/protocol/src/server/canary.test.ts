import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { otherProject, project, projectSeed } from "../../vectors/world.ts";
import { canaryOf, freeCanaryOf } from "./canary.ts";
import { decoySecretOf } from "./decoy-secret.ts";

const source = { projectSeed, project, name: "nasa-key:1" };
/** The separators, and of each run between them its length and its classes of character. */
const shapeOf = (text: string): string =>
  text.replace(/[^-_.:/+=~ ]+/g, (run) => {
    const classes = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].map((each) => (each.test(run) ? "x" : "o"));
    return `(${run.length}${classes.join("")})`;
  });

describe("a canary", () => {
  it.each([
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "AIzaSyA-1234567890",
    "user@example.com:pass!word",
    "0",
    "A",
    "é",
    "----",
    "日本語の鍵",
  ])("has the length and character classes of its value and is another: %s", (value) => {
    const canary = canaryOf(value, source);
    expect(Array.from(canary)).toHaveLength(Array.from(value).length);
    expect(canary).not.toBe(value);
    if (/^[\w:@.!-]+$/.test(value) && /[A-Za-z0-9]{2}/.test(value)) expect(shapeOf(canary)).toBe(shapeOf(value));
  });

  it("stays hexadecimal where its value is", () => {
    expect(canaryOf("deadbeef00112233445566778899aabb", source)).toMatch(/^[0-9a-f]{32}$/);
    expect(canaryOf("DEADBEEF00112233", source)).toMatch(/^[0-9A-F]{16}$/);
  });

  it("tells of its value nothing but its form: values of one form have one canary", () => {
    expect(canaryOf("abc-123-XYZ", source)).toBe(canaryOf("zyx-987-ABC", source));
    expect(canaryOf("Tr0ub4do", source)).toBe(canaryOf("9zzzzzzQ", source));
  });

  it("is the same each time, and another for another name, project or seed", () => {
    const value = "a-secret-value-of-some-length";
    const made = [
      canaryOf(value, source),
      canaryOf(value, { ...source, name: "nasa-key:2" }),
      canaryOf(value, { ...source, project: otherProject }),
      canaryOf(value, { ...source, projectSeed: new Uint8Array(32) }),
      freeCanaryOf(source),
      freeCanaryOf({ ...source, name: "another" }),
    ];
    expect(canaryOf(value, source)).toBe(made[0]);
    expect(new Set(made).size).toBe(made.length);
  });

  it("is never its value, keeps its length, and is well-formed text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 64 }), (value) => {
        const canary = canaryOf(value, source);
        expect(canary).not.toBe(value);
        expect(Array.from(canary)).toHaveLength(Array.from(value).length);
        expect(canary.isWellFormed()).toBe(true);
      }),
    );
  });

  it("where no value may be opened for it has 40 letters and digits, which fit every place", () => {
    expect(freeCanaryOf(source)).toMatch(/^[A-Za-z0-9]{40}$/);
  });
});

describe("decoySecretOf", () => {
  it("gives 32 bytes, others for another API, project or seed", () => {
    const made = [
      decoySecretOf(projectSeed, project, "nasa"),
      decoySecretOf(projectSeed, project, "shop"),
      decoySecretOf(projectSeed, otherProject, "nasa"),
      decoySecretOf(new Uint8Array(32), project, "nasa"),
    ].map((secret) => Buffer.from(secret).toString("hex"));
    expect(new Set(made).size).toBe(4);
    for (const secret of made) expect(secret).toHaveLength(64);
  });
});
