import { encode } from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCbor, parseCborMap, toTextMap } from "./cbor.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

test("reads one map with text keys", () => {
  expect(parseCborMap(hex("a1 61 61 42 01 02"))?.get("a")).toEqual(Uint8Array.of(1, 2));
});

test("reads every integer exactly: as a number where that is safe, else as a bigint", () => {
  for (const value of [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
    expect(parseCbor(encode(value))).toEqual({ ok: true, value });
    if (value > 0) expect(parseCbor(encode(-value))).toEqual({ ok: true, value: -value });
  }
  for (const value of [2n ** 53n, 2n ** 64n - 1n, -(2n ** 53n), -(2n ** 53n) - 1n, -(2n ** 64n)])
    expect(parseCbor(encode(value))).toEqual({ ok: true, value });
});

test("reads every other kind of value that evidence may hold", () => {
  const value = new Map<string, unknown>([
    ["text", "grüß"],
    ["bytes", Uint8Array.of(1, 2)],
    ["list", [true, false, null, []]],
    ["map", new Map([[1, "one"]])],
  ]);
  expect(parseCbor(encode(value))).toEqual({ ok: true, value });
});

describe("refuses", () => {
  test.each([
    ["nothing", ""],
    ["a map that is cut off", "a1 61 61"],
    ["a string longer than the input", "a1 61 61 5a 7f ff ff ff"],
    ["a map of 2^32 entries", "ba ff ff ff ff"],
    ["an array of 2^53 entries", "9b 00 1f ff ff ff ff ff ff"],
    ["a key that stands twice", "a2 61 61 01 61 61 02"],
    ["a key that stands twice in an inner map", "a1 61 61 a2 61 61 01 61 61 02"],
    ["an indefinite map", "bf 61 61 01 ff"],
    ["an indefinite string", "a1 61 61 5f 41 01 ff"],
    ["an integer in more bytes than it needs", "a1 61 61 18 01"],
    ["a length in more bytes than it needs", "a1 61 61 58 01 00"],
    ["a map length in more bytes than it needs", "b8 01 61 61 01"],
    ["bytes after the map", "a0 00"],
    ["a second map", "a0 a0"],
    ["an array", "80"],
    ["a number", "01"],
    ["a key that is a number", "a1 01 01"],
    ["a key that is bytes", "a1 41 61 01"],
    ["a tag", "a1 61 61 c0 61 61"],
    ["undefined", "a1 61 61 f7"],
    ["not a number", "a1 61 61 f9 7e 00"],
    ["infinity", "a1 61 61 f9 7c 00"],
    ["a reserved length", "bc"],
    ["a break alone", "ff"],
  ])("%s", (_, text) => {
    expect(parseCborMap(hex(text))).toBeNull();
  });

  test("nesting as deep as the largest evidence can hold", () => {
    expect(parseCborMap(new Uint8Array(40 * 1024).fill(0x81))).toBeNull();
    expect(parseCborMap(Buffer.concat([hex("a1 61 61"), new Uint8Array(40 * 1024).fill(0x81)]))).toBeNull();
  });
});

test("throws for no bytes at all, nor for a genuine map with any byte changed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseCborMap(bytes)),
    { numRuns: 2000 },
  );
  const genuine = encode({ fmt: "apple-appattest", attStmt: { x5c: [Buffer.alloc(30)] }, authData: Buffer.alloc(40) });
  for (let index = 0; index < genuine.length; index += 1) {
    for (let value = 0; value < 256; value += 1) parseCborMap(genuine.with(index, value));
  }
});

test("takes no object for a map", () => {
  expect(toTextMap({ a: 1 })).toBeNull();
  expect(toTextMap(new Map([[1, 1]]))).toBeNull();
  expect(toTextMap(undefined)).toBeNull();
});
