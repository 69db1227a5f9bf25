import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";

describe("base64url", () => {
  it("encodes as Node does and decodes its own texts", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(encodeBase64url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(bytes);
      }),
    );
  });

  it("accepts exactly one text for each byte string", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."AQgwBEIM-_+/= \nä".split("")), maxLength: 8 }), (text) => {
        const bytes = decodeBase64url(text);
        if (bytes !== null) expect(encodeBase64url(bytes)).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });

  it.each(["AA==", "AAA=", "AAAAA", "A", "AB", "AAB", "AA+A", "AA/A", "AA A", "AAAA\n", "AAÄA", "AA\0A"])(
    "refuses %j",
    (text) => {
      expect(decodeBase64url(text)).toBeNull();
    },
  );

  it("refuses another length than asked for", () => {
    expect(decodeBase64url("AAAA", 3)).toHaveLength(3);
    expect(decodeBase64url("AAAA", 2)).toBeNull();
  });
});

describe("base64", () => {
  it("demands canonical padding", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
      }),
    );
    for (const text of ["AA", "AAA", "AA=A", "A===", "AB==", "AAB=", "=", "AA-_"])
      expect(decodeBase64(text), text).toBeNull();
  });
});
