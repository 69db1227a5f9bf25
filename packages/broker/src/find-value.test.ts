import { expect, test } from "vitest";
import { createFinder } from "./find-value.ts";
import { toMaskPattern } from "./mask-pattern.ts";

const percentTwice = (text: string): string =>
  Array.from(Buffer.from(text), (byte) => `%25${byte.toString(16)}`).join("");

test("finds what begins before a place, in its longest spelling, however far it goes beyond; nothing that begins there", () => {
  const value = "𐀀".repeat(40);
  const find = createFinder([toMaskPattern(value)], { foldCase: false });
  const spelled = percentTwice(value);
  const text = `${"x".repeat(50)}${spelled}${"y".repeat(50)}`;
  expect(find(text, 0, 51)).toEqual({ index: 50, end: 50 + spelled.length });
  expect(find(text, 0, 50)).toBe(null);
  expect(find(text, 51, text.length)).toBe(null);
});
