import { describe, expect, it } from "vitest";
import { hex, utf8 } from "./bytes.ts";
import {
  bits,
  boolean,
  explicit,
  integer,
  objectIdentifier,
  octets,
  sequence,
  setOf,
  time,
  utf8Text,
} from "./der-writer.ts";

describe("DER writer", () => {
  it("writes integers minimally and never as negative", () => {
    expect(hex(integer(0))).toBe("020100");
    expect(hex(integer(127))).toBe("02017f");
    expect(hex(integer(128))).toBe("02020080");
    expect(hex(integer(Uint8Array.of(0, 0, 0x80)))).toBe("02020080");
    expect(hex(integer(1n << 64n))).toBe("0209010000000000000000");
    expect(() => integer(-1)).toThrow(TypeError);
  });

  it("writes lengths in short form below 128 and in shortest long form above", () => {
    expect(hex(octets(new Uint8Array(127))).slice(0, 4)).toBe("047f");
    expect(hex(octets(new Uint8Array(128))).slice(0, 6)).toBe("048180");
    expect(hex(octets(new Uint8Array(256))).slice(0, 8)).toBe("04820100");
  });

  it("writes object identifiers in base 128", () => {
    expect(hex(objectIdentifier("1.2.840.113549.1.1.11"))).toBe("06092a864886f70d01010b");
    expect(hex(objectIdentifier("1.3.6.1.4.1.11129.2.1.17"))).toBe("060a2b06010401d679020111");
  });

  it("writes context tags from 31 on in high-tag-number form", () => {
    expect(hex(explicit(10, boolean(true)))).toBe("aa030101ff");
    expect(hex(explicit(704, sequence()))).toBe("bf8540023000");
  });

  it("orders the elements of a set by their encodings", () => {
    expect(hex(setOf(integer(3), integer(2)))).toBe("3106020102020103");
  });

  it("writes UTCTime until 2049 and GeneralizedTime from 2050", () => {
    expect(hex(time(Date.UTC(2048, 0, 1)))).toBe(`170d${hex(utf8("480101000000Z"))}`);
    expect(hex(time(Date.UTC(2050, 0, 1)))).toBe(`180f${hex(utf8("20500101000000Z"))}`);
  });

  it("counts the unused bits of a bit string", () => {
    expect(hex(bits(Uint8Array.of(0x80), 7))).toBe("03020780");
    expect(hex(utf8Text("é"))).toBe("0c02c3a9");
  });
});
