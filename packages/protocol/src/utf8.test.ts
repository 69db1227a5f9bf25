import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromUtf8, isWellFormed, toUtf8 } from "./utf8.ts";

const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function reference(bytes: Uint8Array): string | null {
  try {
    return fatal.decode(bytes);
  } catch {
    return null;
  }
}

const nearUtf8 = fc.array(
  fc.constantFrom(0x00, 0x41, 0x7f, 0x80, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff),
  {
    maxLength: 8,
  },
);

describe("toUtf8", () => {
  it("encodes every text as TextEncoder does, lone surrogates included", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 0xd800, max: 0xdfff }), (text, surrogate) => {
        const ragged = text + String.fromCharCode(surrogate) + text;
        expect(toUtf8(ragged)).toEqual(new Uint8Array(new TextEncoder().encode(ragged)));
      }),
    );
  });
});

describe("fromUtf8", () => {
  it("decodes what the platform's fatal decoder decodes, and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromUtf8(bytes)).toBe(reference(bytes));
      }),
    );
    fc.assert(
      fc.property(nearUtf8, (values) => {
        expect(fromUtf8(new Uint8Array(values))).toBe(reference(new Uint8Array(values)));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ["an overlong slash", [0xc0, 0xaf]],
    ["an overlong NUL", [0xe0, 0x80, 0x80]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a point past U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a cut sequence", [0xe2, 0x82]],
  ])("refuses %s", (_, bytes) => {
    expect(fromUtf8(new Uint8Array(bytes))).toBeNull();
  });

  it("keeps a byte order mark, so that it can be refused", () => {
    expect(fromUtf8(new Uint8Array([0xef, 0xbb, 0xbf, 0x41]))).toBe("\ufeffA");
  });

  it("decodes long texts", () => {
    const text = "ä\u{1f511}z".repeat(20_000);
    expect(fromUtf8(toUtf8(text))).toBe(text);
  });
});

describe("isWellFormed", () => {
  it("says what String.isWellFormed says", () => {
    const units = fc.array(fc.constantFrom(0x41, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000), { maxLength: 6 });
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        expect(isWellFormed(text)).toBe(text.isWellFormed());
      }),
    );
  });
});
