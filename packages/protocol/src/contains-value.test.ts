import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { containsValue } from "./contains-value.ts";

const value = 's3cr&t "kéy"/+=\\';
const location = (part: string): string => `https://api.example/next?x=${part}&y=1`;

describe("containsValue", () => {
  it.each([
    ["raw", value],
    ["percent-encoded", encodeURIComponent(value)],
    [
      "percent-encoded in lower case",
      encodeURIComponent(value).replaceAll(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase()),
    ],
    ["percent-encoded twice", encodeURIComponent(encodeURIComponent(value))],
    [
      "percent-encoded seven times",
      Array.from({ length: 7 }).reduce<string>((text) => encodeURIComponent(text), value),
    ],
    ["percent-encoded more often than is looked", `%${"25".repeat(40)}41`],
    [
      "percent-encoded beside a byte that is no UTF-8",
      `%FF%${Buffer.from(value)
        .toString("hex")
        .replaceAll(/..(?!$)/g, "$&%")}%C3`,
    ],
    ["as a form", new URLSearchParams({ v: value }).toString()],
    [
      "percent-encoded throughout",
      [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
    ],
    ["base64", Buffer.from(value).toString("base64")],
    ["base64url", Buffer.from(value).toString("base64url")],
    ["base64, percent-encoded", encodeURIComponent(Buffer.from(value).toString("base64"))],
    ["base64 behind one byte", Buffer.from(`:${value}`).toString("base64")],
    ["base64 of basic credentials", Buffer.from(`me:${value}:`).toString("base64")],
    ["JSON", JSON.stringify({ v: value })],
    ["JSON, percent-encoded", encodeURIComponent(JSON.stringify({ v: value }))],
    ["JSON with other escapes", JSON.stringify({ v: value }).replaceAll("/", "\\/").replaceAll("é", "\\u00e9")],
  ])("finds a value that is %s", (_, form) => {
    expect(containsValue(location(form), value)).toBe(true);
  });

  it("finds nothing in a text without it", () => {
    expect(containsValue(location("cs-nasa-key-abcdefghij"), value)).toBe(false);
    expect(containsValue(location("%zz%"), value)).toBe(false);
    expect(containsValue("", value)).toBe(false);
    expect(containsValue("anything", "")).toBe(false);
  });

  it("finds any value in base64 at any offset", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 4 }),
        fc.string({ minLength: 6 }),
        fc.uint8Array({ maxLength: 4 }),
        (before, text, after) => {
          const whole = Buffer.concat([before, Buffer.from(text), after]);
          expect(containsValue(whole.toString("base64"), text)).toBe(true);
          expect(containsValue(whole.toString("base64url"), text)).toBe(true);
        },
      ),
    );
  });

  it("never throws", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        (text, secret) => void containsValue(text, secret),
      ),
    );
  });
});
