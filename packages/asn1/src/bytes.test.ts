import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesEqual, fromBase64, fromHex, sha256, toBase64, toHex } from "./bytes.ts";

test("reads back what it wrote, also from a view into a larger buffer", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const view = new Uint8Array([1, ...bytes, 2]).subarray(1, -1);
      expect(fromHex(toHex(view))).toEqual(bytes);
      expect(fromBase64(toBase64(view))).toEqual(bytes);
    }),
  );
});

test("reads hex of either case, and nothing else", () => {
  expect(fromHex("0aFf")).toEqual(Uint8Array.of(10, 255));
  for (const text of ["0", "0g", "0x", " 00", "00:00", "é0"]) expect(fromHex(text)).toBeNull();
});

test("reads standard base64 with padding, and nothing else", () => {
  expect(fromBase64("+/8=")).toEqual(Uint8Array.of(251, 255));
  for (const text of ["-_8=", "+/8", "+/8=\n", " +/8=", "+/9=", "+", "="]) expect(fromBase64(text)).toBeNull();
});

test("compares bytes by length and value", () => {
  expect(bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  expect(bytesEqual(new Uint8Array(), new Uint8Array())).toBe(true);
});

test("hashes its parts as one", () => {
  expect(toHex(sha256(Buffer.from("a"), Buffer.from("bc")))).toBe(toHex(sha256(Buffer.from("abc"))));
});
