import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bits, der, integer, oid, time } from "../made/der-writer.suite.ts";
import { type DerElement, derTag, parseDer } from "./element.ts";
import { toBits, toBoolean, toInteger, toOctets, toOid, toTimeMs, toUtf8 } from "./value.ts";

function read(bytes: Uint8Array): DerElement | undefined {
  return parseDer(bytes) ?? undefined;
}

const raw = (tag: number, ...bytes: readonly number[]) => read(der(tag, Uint8Array.from(bytes)));
const text = (tag: number, value: string) => read(der(tag, Buffer.from(value, "latin1")));

test("reads integers, negative ones too, in their minimal form alone", () => {
  expect(toInteger(raw(2, 0))).toBe(0n);
  expect(toInteger(raw(2, 0x80))).toBe(-128n);
  expect(toInteger(raw(2, 0xff, 0x7f))).toBe(-129n);
  expect(toInteger(raw(2, 0, 0x80))).toBe(128n);
  for (const bytes of [[], [0, 0x7f], [0xff, 0x80], Array.from({ length: 65 }, () => 1)])
    expect(toInteger(raw(2, ...bytes))).toBeNull();
  expect(toInteger(raw(2, ...Array.from({ length: 64 }, () => 1)))).not.toBeNull();
  expect(toInteger(raw(10, 1))).toBeNull();
  expect(toInteger(raw(10, 1), derTag.enumerated)).toBe(1n);
  expect(toInteger(undefined)).toBeNull();
});

test("reads back every unsigned integer", () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 200n }), (value) => toInteger(read(integer(value))) === value));
});

test("reads TRUE as 0xFF and as 0x01, FALSE as 0x00, and nothing else", () => {
  expect([0xff, 0x01, 0x00, 0x02, 0x80].map((byte) => toBoolean(raw(1, byte)))).toEqual([
    true,
    true,
    false,
    null,
    null,
  ]);
  expect(toBoolean(raw(1))).toBeNull();
  expect(toBoolean(raw(1, 0, 0))).toBeNull();
});

test("reads octets of a primitive OCTET STRING alone", () => {
  expect(toOctets(raw(4, 1, 2))).toEqual(Uint8Array.of(1, 2));
  expect(toOctets(raw(0x24, 4, 1, 2))).toBeNull();
});

test("reads bit strings of whole octets alone", () => {
  expect(toBits(read(bits(Uint8Array.of(9))))).toEqual(Uint8Array.of(9));
  expect(toBits(raw(3, 1, 8))).toBeNull();
  expect(toBits(raw(3))).toBeNull();
});

describe("object identifiers", () => {
  test("reads back what was written", () => {
    for (const dotted of ["1.2.840.113635.100.8.2", "2.5.4.3", "1.3.6.1.4.1.11129.2.1.17", "0.9.2342"]) {
      expect(toOid(read(oid(dotted)))).toBe(dotted);
    }
    expect(toOid(raw(6, 0x88, 0x37))).toBe("2.999");
    expect(toOid(raw(6, ...Array.from({ length: 32 }, () => 1)))).not.toBeNull();
  });

  test.each([
    ["nothing", []],
    ["an arc with a leading zero", [0x2a, 0x80, 0x01]],
    ["an arc that is cut off", [0x2a, 0x86]],
    ["an arc of eight groups", [0x2a, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x01]],
    ["more bytes than any", Array.from({ length: 33 }, () => 1)],
  ])("refuses %s", (_, bytes) => {
    expect(toOid(raw(6, ...bytes))).toBeNull();
  });
});

describe("times", () => {
  test("reads UTCTime between 1950 and 2049, GeneralizedTime beyond", () => {
    for (const iso of [
      "1970-01-01T00:00:00Z",
      "1950-01-01T00:00:00Z",
      "2049-12-31T23:59:59Z",
      "2106-02-07T06:28:15Z",
    ]) {
      expect(toTimeMs(read(time(Date.parse(iso))))).toBe(Date.parse(iso));
    }
  });

  test.each([
    ["a time without a zone", text(0x17, "260101000000")],
    ["a time without seconds", text(0x17, "2601010000Z")],
    ["a time with an offset", text(0x17, "260101000000+0100")],
    ["a fraction of a second", text(0x18, "20260101000000.5Z")],
    ["the 30th of February", text(0x17, "260230000000Z")],
    ["the 25th hour", text(0x17, "260101250000Z")],
    ["month zero", text(0x17, "260001000000Z")],
    ["a UTCTime of four-digit years", text(0x17, "20260101000000Z")],
    ["a time in another type", text(0x0c, "20260101000000Z")],
    ["nothing", undefined],
  ])("refuses %s", (_, element) => {
    expect(toTimeMs(element)).toBeNull();
  });
});

test("reads UTF-8 alone", () => {
  expect(toUtf8(Buffer.from("grüß"))).toBe("grüß");
  expect(toUtf8(Uint8Array.of(0xc3))).toBeNull();
  expect(toUtf8(null)).toBeNull();
});
