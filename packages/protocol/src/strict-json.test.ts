import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStrictJson } from "./strict-json.ts";
import { toUtf8 } from "./utf8.ts";

const bounds = { maxBytes: 4096 };
const parse = (text: string | Uint8Array) => parseStrictJson(text, bounds);

describe("parseStrictJson", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const parsed = parseStrictJson(text, { maxBytes: 1 << 20 });
        if (parsed.ok) expect(JSON.stringify(parsed.value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
    const text = '{"a":[1,-2.5e1,true,false,null,"\\u00e4\\ud83d\\udd11\\n\\/"],"b":{}}';
    expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it("never accepts what JSON.parse refuses, and never throws", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'{}[]",:\\u01e.-+tfn \n\t\u0000ä'.split("")), maxLength: 12 }),
        (text) => {
          const parsed = parse(text);
          if (parsed.ok) expect(() => JSON.parse(text)).not.toThrow();
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it.each([
    ["a repeated member", '{"a":1,"a":1}'],
    ["a member repeated by escape", '{"a":1,"\\u0061":1}'],
    ["a byte order mark", "\ufeff{}"],
    ["a lone high surrogate", '"\\ud800"'],
    ["a lone low surrogate", '"\\udc00x"'],
    ["an unpaired surrogate in a member name", '{"\\ud800":1}'],
    ["an integer past 2^53-1", "9007199254740992"],
    ["an integer past -(2^53-1)", "[-9007199254740993]"],
    ["an infinite number", "1e400"],
    ["a leading zero", "01"],
    ["a bare fraction", ".5"],
    ["a plus sign", "+1"],
    ["NaN", "NaN"],
    ["a comment", "{}//"],
    ["a trailing comma", "[1,]"],
    ["text after the value", "{} {}"],
    ["a control character in a string", '"\u0001"'],
    ["an unknown escape", '"\\x41"'],
    ["a single quote", "'a'"],
    ["nothing", ""],
    ["a cut text", '{"a":'],
    ["nesting of nine", "[[[[[[[[[]]]]]]]]]"],
  ])("refuses %s", (_, text) => {
    expect(parse(text)).toMatchObject({ ok: false, code: "malformed" });
  });

  it("allows nesting of eight", () => {
    expect(parse("[[[[[[[[1]]]]]]]]").ok).toBe(true);
  });

  it("allows the largest integers and fractions", () => {
    expect(parse("[9007199254740991,-9007199254740991,0.5]")).toEqual({
      ok: true,
      value: [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 0.5],
    });
  });

  it("refuses bytes that are not UTF-8", () => {
    expect(parse(new Uint8Array([0x22, 0xff, 0x22]))).toMatchObject({ ok: false, code: "malformed" });
  });

  it("judges the size before anything else, in bytes", () => {
    expect(parseStrictJson("{".repeat(9), { maxBytes: 8 })).toMatchObject({ ok: false, code: "too_large" });
    expect(parseStrictJson('"äää"', { maxBytes: 7 })).toMatchObject({ ok: false, code: "too_large" });
    expect(parseStrictJson(toUtf8('"äää"'), { maxBytes: 8 }).ok).toBe(true);
  });

  it("survives deep nesting of hostile length", () => {
    expect(parseStrictJson("[".repeat(1_000_000), { maxBytes: 1 << 20 })).toMatchObject({
      ok: false,
      code: "malformed",
    });
  });

  it("keeps __proto__ a plain member", () => {
    const parsed = parse('{"__proto__":{"admin":true},"constructor":1}');
    expect(parsed.ok && Object.hasOwn(parsed.value as object, "__proto__")).toBe(true);
    expect(parsed.ok && (parsed.value as { admin?: boolean }).admin).toBeUndefined();
  });

  it("never names input in its detail", () => {
    const parsed = parse('{"c4n4ry":1,"c4n4ry":2}');
    expect(JSON.stringify(parsed)).not.toContain("c4n4ry");
  });
});
