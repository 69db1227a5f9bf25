import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indefinite } from "../../../attestation/src/made/receipt.suite.ts";
import { integer, octets, sequence } from "../made/der-writer.suite.ts";
import { berChildren, berContext, berOctets, berSequence, parseBer } from "./ber.ts";
import { derTag } from "./element.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("refuses", () => {
  test.each([
    ["an indefinite length without its end", "30 80 02 01 05"],
    ["an indefinite length with half its end", "30 80 02 01 05 00"],
    ["an indefinite length of a primitive element", "04 80 00 00"],
    ["an indefinite length in the high tag form", "bf 85 40 80 00 00"],
    ["bytes after the end", "30 80 00 00 00"],
    ["a non-minimal definite length inside", "30 80 02 81 01 05 00 00"],
    ["an end of contents that has contents", "30 80 00 01 00 00 00"],
    ["a length of four bytes", "30 84 00 00 00 00"],
  ])("%s", (_, text) => {
    expect(parseBer(hex(text))).toBeNull();
  });
});

test("reads DER, and indefinite lengths beside definite ones", () => {
  expect(berSequence(parseBer(sequence(integer(1), integer(2))))?.length).toBe(2);
  const mixed = parseBer(indefinite(0x30, sequence(integer(1)), indefinite(0x30, octets("x"))));
  expect(berSequence(mixed)?.map(({ constructed }) => constructed)).toEqual([true, true]);
  expect(berSequence(parseBer(sequence(indefinite(0x30))))?.length).toBe(1);
  expect(parseBer(hex("30 80 00 00"))).toMatchObject({ tagNumber: derTag.sequence, value: new Uint8Array() });
});

test("reads the contents without their end, and the whole with it", () => {
  const element = parseBer(indefinite(0x30, integer(5)));
  expect(element?.value).toEqual(integer(5));
  expect(element?.raw.length).toBe(2 + 3 + 2);
});

test("reads eight nested indefinite lengths, and not nine", () => {
  const nested = (depth: number): Uint8Array => (depth === 0 ? integer(1) : indefinite(0x30, nested(depth - 1)));
  expect(parseBer(nested(8))).not.toBeNull();
  expect(parseBer(nested(9))).toBeNull();
  expect(parseBer(nested(2000))).toBeNull();
});

test("puts an octet string together from pieces that are in one piece, and from nothing else", () => {
  const joined = (bytes: Uint8Array) => berOctets(parseBer(bytes) ?? undefined);
  expect(joined(octets("abc"))).toEqual(new Uint8Array(Buffer.from("abc")));
  expect(joined(indefinite(0x24, octets("ab"), octets("c")))).toEqual(new Uint8Array(Buffer.from("abc")));
  expect(joined(indefinite(0x24))).toEqual(new Uint8Array());
  expect(joined(indefinite(0x24, indefinite(0x24, octets("ab"))))).toBeNull();
  expect(joined(indefinite(0x24, integer(1)))).toBeNull();
  expect(joined(integer(1))).toBeNull();
  expect(berOctets(undefined)).toBeNull();
});

test("opens a context tag only by its number", () => {
  const element = parseBer(indefinite(0xa0, integer(1))) ?? undefined;
  expect(berContext(element, 0)?.length).toBe(1);
  expect(berContext(element, 1)).toBeNull();
  expect(berContext(undefined, 0)).toBeNull();
  const torn = parseBer(hex("30 03 02 02 05"));
  expect(torn && berChildren(torn)).toBeNull();
});

test("throws for no bytes at all, and reads none that do not fill what it says", () => {
  const byte = fc.oneof(fc.constantFrom(0x30, 0x80, 0x24, 0xa0, 0x04, 0x00), fc.nat(255));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 64 }), (bytes) => {
      const element = parseBer(Uint8Array.from(bytes));
      if (element) berChildren(element);
      expect(element === null || element.raw.length === bytes.length).toBe(true);
    }),
    { numRuns: 3000 },
  );
});
