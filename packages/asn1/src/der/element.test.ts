import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { der, explicit, integer, octets, sequence } from "../made/der-writer.suite.ts";
import { derChildren, derExplicit, derSequence, derTag, parseDer } from "./element.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("refuses", () => {
  test.each([
    ["nothing", ""],
    ["a tag without a length", "30"],
    ["contents that are cut off", "04 02 01"],
    ["bytes after the element", "05 00 00"],
    ["an indefinite length", "30 80 00 00"],
    ["a length that fits one byte in two", "04 81 01 00"],
    ["a length with a leading zero", `04 82 00 80 ${"00".repeat(128)}`],
    ["a length of four bytes", "04 84 00 00 00 01 00"],
    ["a length of 2^24 - 1 that is not there", "04 83 ff ff ff"],
    ["the reserved length 0xff", "04 ff 00"],
    ["a length that is cut off", "04 82 01"],
    ["a low tag in high form", "bf 1e 00"],
    ["a high tag with a leading zero", "bf 80 1f 00"],
    ["a high tag of four groups", "bf 81 80 80 00 00"],
    ["a high tag that is cut off", "bf 85"],
  ])("%s", (_, text) => {
    expect(parseDer(hex(text))).toBeNull();
  });
});

test("reads class, form, number and contents", () => {
  expect(parseDer(hex("bf 85 40 03 02 01 05"))).toMatchObject({
    tagClass: "context",
    constructed: true,
    tagNumber: 704,
  });
  expect(parseDer(hex("5f 1f 00"))).toMatchObject({ tagClass: "application", constructed: false, tagNumber: 31 });
  expect(parseDer(hex("c0 00"))).toMatchObject({ tagClass: "private", tagNumber: 0 });
});

test("reads what the test's own writer wrote, at every length", () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65535]) {
    expect(parseDer(octets(new Uint8Array(length)))?.value.length).toBe(length);
  }
});

test("reads tags of one to three groups and lengths of one to three bytes, and no more", () => {
  expect(parseDer(hex("bf 7f 00"))?.tagNumber).toBe(127);
  expect(parseDer(hex("bf 81 00 00"))?.tagNumber).toBe(128);
  expect(parseDer(hex("bf ff ff 7f 00"))?.tagNumber).toBe(2 ** 21 - 1);
  const large = Buffer.concat([hex("04 83 01 00 00"), Buffer.alloc(65536)]);
  expect(parseDer(large)?.value.length).toBe(65536);
  expect(parseDer(large.subarray(0, -1))).toBeNull();
  expect(parseDer(Buffer.concat([hex("04 84 01 00 00 00"), Buffer.alloc(65536)]))).toBeNull();
});

test("reads children of constructed elements alone, and only where they fill it", () => {
  const element = parseDer(sequence(integer(1), integer(2)));
  expect(derSequence(element)?.length).toBe(2);
  expect(derSequence(element, derTag.set)).toBeNull();
  expect(derSequence(null)).toBeNull();
  const primitive = parseDer(octets("x"));
  expect(primitive && derChildren(primitive)).toBeNull();
  const torn = parseDer(hex("30 03 02 01 05"));
  expect(derSequence(torn)?.length).toBe(1);
  expect(derSequence(parseDer(hex("30 03 02 02 05")))).toBeNull();
  expect(derSequence(parseDer(hex("10 00")))).toBeNull();
});

test("opens an EXPLICIT tag only around exactly one element", () => {
  const open = (bytes: Uint8Array) => {
    const element = parseDer(bytes);
    return element && derExplicit(element);
  };
  expect(open(explicit(704, integer(1)))?.tagNumber).toBe(derTag.integer);
  expect(open(der(0xa1, integer(1), integer(2)))).toBeNull();
  expect(open(der(0xa1))).toBeNull();
  expect(open(sequence(integer(1)))).toBeNull();
});

test("reads two thousand nested sequences without recursion", () => {
  let bytes = sequence();
  for (let depth = 0; depth < 2000; depth += 1) bytes = sequence(bytes);
  expect(parseDer(bytes)).not.toBeNull();
});

test("throws for no bytes at all", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const element = parseDer(bytes);
      if (element) derChildren(element);
      expect(element === null || element.raw.length === bytes.length).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
