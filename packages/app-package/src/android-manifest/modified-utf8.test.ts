import fc from "fast-check";
import { expect, test } from "vitest";
import { parseModifiedUtf8 } from "./modified-utf8.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

test.each([
  ["nothing", "", ""],
  ["one byte", "6d", "m"],
  ["two bytes", "c3 a9", "é"],
  ["three bytes", "e2 82 ac", "€"],
  ["four bytes", "f0 9f 98 80", "😀"],
  ["two encoded surrogates", "ed a0 bd ed b8 80", "😀"],
  ["one encoded surrogate", "ed a0 bd", "\ud83d"],
  ["a following byte alone", "80", null],
  ["a longer form of m", "c1 ad", null],
  ["the longer form of zero that Java writes", "c0 80", null],
  ["a longer form in three bytes", "e0 81 ad", null],
  ["a longer form in four bytes", "f0 80 81 ad", null],
  ["a following byte that is none", "c3 29", null],
  ["a third byte that is none", "e2 82 2c", null],
  ["a character cut off", "e2 82", null],
  ["beyond Unicode", "f4 90 80 80", null],
  ["a lead that there is not", "f8 88 80 80 80", null],
])("%s", (_, bytes, text) => {
  expect(parseModifiedUtf8(hex(bytes))).toBe(text);
});

test("reads whatever UTF-8 can say", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => parseModifiedUtf8(new Uint8Array(Buffer.from(text))) === text),
  );
});
