import { describe, expect, it } from "vitest";
import { findLeaks, secretForms } from "./leak-detector.ts";

const values = ["nasa-KEY_0123456789", 'quote" back\\slash / plus+equals= ü', "ÿþ~~~???>>>"];

describe("the leak detector", () => {
  for (const value of values) {
    for (const [name, form] of secretForms(value)) {
      it(`finds ${JSON.stringify(value)} planted as ${name}`, () => {
        const haystack = Buffer.concat([Buffer.alloc(1000, "x"), form, Buffer.alloc(1000, "y")]);
        expect(findLeaks(haystack, value)).toContain(name);
      });
    }
  }

  it("finds a value inside the base64 of a longer text, whatever stands before and after it", () => {
    for (const encoding of ["base64", "base64url"] as const) {
      for (let before = 0; before < 6; before += 1) {
        for (let after = 0; after < 6; after += 1) {
          const text = `${"b".repeat(before)}${values[0]}${"a".repeat(after)}`;
          const found = findLeaks(Buffer.from(Buffer.from(text).toString(encoding)), values[0] ?? "");
          expect(found.some((name) => name.startsWith(encoding))).toBe(true);
        }
      }
    }
  });

  it("finds bytes that are no text", () => {
    const value = new Uint8Array([0xff, 0xfe, 0x00, 0x80, 0x99, 0xc0, 0xc1]);
    for (const [name, form] of secretForms(value)) expect(findLeaks(form, value)).toContain(name);
  });

  it("finds nothing where nothing was planted", () => {
    expect(findLeaks(Buffer.alloc(4096, "nasa-KEY_012345678"), values[0] ?? "")).toEqual([]);
  });

  it("refuses a value too short to search for", () => {
    expect(() => secretForms("short")).toThrow(TypeError);
  });
});
