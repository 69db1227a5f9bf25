import { randomBytes } from "node:crypto";
import { assert, constantFrom, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultTemplate, makeDecoy } from "./make-decoy.ts";

const random = (length: number): Uint8Array => randomBytes(length);

describe("the making of a decoy", () => {
  it("keeps a template's text and draws its fields", () => {
    expect(makeDecoy(defaultTemplate, random)).toMatch(/^[A-Za-z0-9]{40}$/);
    expect(makeDecoy("sk_live_{alnum*24}", random)).toMatch(/^sk_live_[A-Za-z0-9]{24}$/);
    expect(makeDecoy("AKIA{base32*16}", random)).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(makeDecoy("{hex*8}-{hex*8}-{hex*8}", random)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/);
    expect(makeDecoy("{base64url*22}.{digits*4}", random)).toMatch(/^[\w-]{22}\.\d{4}$/);
  });

  it("never makes the same twice, and each character as often as any other", () => {
    const seen = new Set(Array.from({ length: 1_000 }, () => makeDecoy("{digits*32}", random)));
    expect(seen.size).toBe(1_000);
    // A byte of 250 and more would favour the first six digits: it is drawn again.
    let calls = 0;
    const biased = (length: number): Uint8Array => {
      calls += 1;
      return new Uint8Array(length).fill(calls === 1 ? 255 : 7);
    };
    expect(makeDecoy("{digits*32}", biased)).toBe("7".repeat(32));
  });

  it.each([
    "",
    "only text",
    "password-123456789012345",
    "{alnum*13}",
    "{digits*24}",
    "{hex*19}",
    "{unknown*40}",
    "{constructor*40}",
    "{alnum*0}",
    "{alnum*9999}",
    "{alnum}",
    "{alnum*40",
    "{alnum*40}}",
    "with space {alnum*40}",
    "tab\t{alnum*40}",
    "ümlaut{alnum*40}",
    "{alnum*600}",
    "{alnum*400}{alnum*400}",
  ])("refuses %j, which makes no value that nobody guesses", (template) => {
    expect(makeDecoy(template, random)).toBeNull();
  });

  it("makes a value of 16 to 512 printable characters or none, whatever the template", () => {
    const pieces = constantFrom("{alnum*20}", "{hex*30}", "{lower*99}", "x", "key-", "{", "}", "*", "{digits*", "é");
    assert(
      property(pieces, pieces, pieces, integer({ min: 1, max: 30 }), (a, b, c, times) => {
        const made = makeDecoy((a + b + c).repeat(times), random);
        if (made !== null) expect(made).toMatch(/^[!-~]{16,512}$/);
      }),
    );
  });
});
