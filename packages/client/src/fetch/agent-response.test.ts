import { describe, expect, it } from "vitest";
import { decodeText } from "./agent-response.ts";

const bytes = (...parts: readonly (string | number)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part)] : [part])));

describe("text of bytes", () => {
  it.each([
    ["a stray byte within text", bytes("ä", 0xff, "€😀"), "ä\ufffd€😀"],
    ["a sequence that is cut off at the end", bytes("a", 0xe2, 0x82), "a\ufffd\ufffd"],
    ["a sequence that is cut off by another", bytes(0xf0, 0x9f, "é"), "\ufffd\ufffdé"],
    ["an overlong form, and a surrogate", bytes(0xc0, 0xaf, 0xed, 0xa0, 0x80), "\ufffd\ufffd\ufffd\ufffd\ufffd"],
    ["nothing but strays", bytes(0x80, 0xbf, 0xfe), "\ufffd\ufffd\ufffd"],
    ["nothing", bytes(), ""],
  ])("has U+FFFD for each byte that belongs to no character: %s", (_name, given, expected) => {
    expect(decodeText(given)).toBe(expected);
  });

  it("takes a long text with one byte that is none as fast as one without", { timeout: 5000 }, () => {
    const long = new Uint8Array(32 * 1024 * 1024).fill(0x61);
    long[long.length - 2] = 0xff;
    expect(decodeText(long).slice(-3)).toBe("a\ufffda");
  });
});
