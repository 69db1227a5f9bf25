import { expect, test } from "vitest";
import { parseEntryName, quoteName } from "./entry-name.ts";

test("a name in quotes is one line of printable ASCII, whatever stands in it, and at most some 80 characters of it", () => {
  expect(quoteName("res/layout/main.xml")).toBe('"res/layout/main.xml"');
  expect(quoteName('a"\n\u202eb\u001b[31m\\')).toBe('"a\\u{22}\\u{a}\\u{202e}b\\u{1b}[31m\\u{5c}"');
  expect(quoteName("x".repeat(500)).length).toBeLessThan(100);
});

test("a name that is no UTF-8 reads as text, and says that it is none", () => {
  expect(parseEntryName(Buffer.of(0x61, 0xc0, 0x80))).toMatchObject({ unfit: "is not UTF-8" });
  expect(parseEntryName(Buffer.from("\ufeffa"))).toEqual({ name: "\ufeffa", unfit: null });
});
