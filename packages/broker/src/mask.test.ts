import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMask } from "./mask.ts";

const value = "Zq7/+s3cr3t key&\"4NASA'é";
const forms: readonly (readonly [string, Buffer])[] = [
  ["raw", Buffer.from(value)],
  ["percent", Buffer.from(encodeURIComponent(value))],
  ["percent in lower case", Buffer.from(encodeURIComponent(value).replace(/%../g, (hex) => hex.toLowerCase()))],
  ["percent twice", Buffer.from(encodeURIComponent(encodeURIComponent(value)))],
  [
    "every byte percent",
    Buffer.from([...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")),
  ],
  ["form", Buffer.from(new URLSearchParams({ v: value }).toString().slice(2))],
  ["base64", Buffer.from(Buffer.from(value).toString("base64"))],
  ["base64url", Buffer.from(Buffer.from(value).toString("base64url"))],
  ["base64 inside a longer text, shifted by one", Buffer.from(Buffer.from(`u${value}!!`).toString("base64"))],
  ["base64 inside a longer text, shifted by two", Buffer.from(Buffer.from(`u:${value}!`).toString("base64"))],
  ["JSON", Buffer.from(JSON.stringify(value).slice(1, -1))],
  [
    "JSON with every unit escaped",
    Buffer.from(Array.from(value, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")),
  ],
  ["HTML names", Buffer.from(value.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("'", "&#39;"))],
  ["HTML numbers", Buffer.from(Array.from(value, (c) => `&#x${c.charCodeAt(0).toString(16)};`).join(""))],
  ["hexadecimal", Buffer.from(Buffer.from(value).toString("hex").toUpperCase())],
  ["UTF-16 little endian", Buffer.from(value, "utf16le")],
];
const lines = (text: string, length: number, end: string): Buffer =>
  Buffer.from(text.replace(new RegExp(`.{${length}}`, "g"), `$&${end}`));
const base64 = (before: string): string => Buffer.from(`${before}${value}!`).toString("base64");
const brokenForms: readonly (readonly [string, Buffer])[] = [
  ["base64 in lines of MIME", lines(base64("x".repeat(45)), 76, "\r\n")],
  ["base64 in lines of PEM", lines(base64("x".repeat(40)), 64, "\n")],
  ["base64 in short lines", lines(base64("xy"), 4, "\n")],
  ["base64 in folded lines", lines(base64("x"), 20, "\r\n ")],
  ["base64 in lines inside JSON", lines(base64(""), 16, "\\r\\n")],
  ["base64 in lines, percent-encoded", Buffer.from(encodeURIComponent(lines(base64("x"), 16, "\r\n").toString()))],
  ["base64 in JSON that escapes slashes", Buffer.from(base64("xx").replaceAll("/", "\\/"))],
];
/** Eight bytes of the middle in this spelling: what must not be seen. */
const heart = (form: Buffer): Buffer =>
  form.subarray(Math.floor((form.length * 2) / 3), Math.floor((form.length * 2) / 3) + 8);

describe("masking a value", () => {
  test.each([...forms, ...brokenForms])(
    "blots it out in the form %s, wherever chunks are cut, and keeps the length",
    (_, form) => {
      const whole = Buffer.concat([Buffer.from("before "), form, Buffer.from(" after "), form, Buffer.from(" end")]);
      expect(whole.includes(heart(form))).toBe(true);
      for (let size = 1; size <= whole.length; size += size < 40 ? 1 : 17) {
        const stream = createMask([value]).stream();
        const parts: Buffer[] = [];
        for (let at = 0; at < whole.length; at += size) parts.push(stream.push(whole.subarray(at, at + size)));
        parts.push(stream.end());
        const masked = Buffer.concat(parts);
        expect(masked.length).toBe(whole.length);
        expect(masked.includes(heart(form))).toBe(false);
        expect(masked.toString("latin1")).toMatch(/^before .* after .* end$/s);
      }
    },
  );

  test("leaves every other byte as it was", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.integer({ min: 1, max: 100 }), (bytes, size) => {
        const stream = createMask(["a-value-that-no-random-body-holds"]).stream();
        const parts: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) parts.push(stream.push(bytes.subarray(at, at + size)));
        parts.push(stream.end());
        expect(Buffer.concat(parts).equals(bytes)).toBe(true);
      }),
    );
  });

  test("masks several values, the longer first, and text as well", () => {
    const mask = createMask(["short-key", "short-key-and-more"]);
    expect(mask.text("short-key-and-more, short-key, é")).toBe(`${"*".repeat(18)}, ${"*".repeat(9)}, é`);
  });

  test.each([
    ["raw", value],
    ["percent", encodeURIComponent(value)],
    ["base64url", Buffer.from(value).toString("base64url")],
  ])("knows a value that lost its case, as in the name of a header: %s", (_, form) => {
    expect(createMask([value]).standsIn(`x-${form}-y`.toLowerCase())).toBe(true);
    expect(createMask([value]).standsIn(`x-${form.slice(2)}`.toLowerCase())).toBe(false);
    expect(createMask([]).standsIn(form)).toBe(false);
  });

  test("finds a value in the bytes of a header, one character each, and leaves other bytes as they are", () => {
    const bytes = Buffer.from(value).toString("latin1");
    const mask = createMask([value]);
    expect(mask.latin1(`\xe9 ${bytes} \xff`)).toBe(`\xe9 ${"*".repeat(bytes.length)} \xff`);
    expect([mask.standsIn(`a ${bytes}`), mask.standsIn("a \xe9")]).toEqual([true, false]);
    expect(createMask([]).latin1(bytes)).toBe(bytes);
  });

  test("finds a value whose spellings begin alike, whichever stands there", () => {
    const tricky = "%25&\\\\u0041&amp;%";
    for (const form of [
      tricky,
      encodeURIComponent(tricky),
      JSON.stringify(tricky).slice(1, -1),
      "%25&\\\\u0041&amp;%25",
    ])
      expect(createMask([tricky]).text(`a ${form} b`)).toBe(`a ${"*".repeat(form.length)} b`);
  });

  test("masks a value as long as may be, broken into lines", () => {
    const long = Array.from({ length: 4096 }, (_, index) => "Zq7+/~é"[(index * index) % 7])
      .join("")
      .slice(0, 4000);
    const body = lines(Buffer.from(`x${long}`).toString("base64"), 76, "\r\n");
    const stream = createMask([long]).stream();
    const masked = Buffer.concat([stream.push(body), stream.end()]).toString();
    expect(masked.length).toBe(body.length);
    expect(masked).not.toMatch(/[^*]{5}.*[^*]{5}/s);
  });

  test("passes everything on where there is nothing to mask", () => {
    const stream = createMask([]).stream();
    expect(stream.push(Buffer.from("x")).toString() + stream.end().toString()).toBe("x");
  });
});
