import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes, fromHex, readU16, readU32, readU48, toHex, u8, u16, u32, u48 } from "./bytes.ts";

describe("integers", () => {
  it("are written unsigned and big-endian, and read back", () => {
    expect(toHex(concatBytes(u8(1), u16(0x0203), u32(0x04050607), u48(0x08090a0b0c0d)))).toBe(
      "0102030405060708090a0b0c0d",
    );
    const bytes = concatBytes(u16(65535), u32(2 ** 32 - 1), u48(2 ** 48 - 1));
    expect([readU16(bytes, 0), readU32(bytes, 2), readU48(bytes, 6)]).toEqual([65535, 2 ** 32 - 1, 2 ** 48 - 1]);
  });

  it("out of range are a TypeError", () => {
    for (const make of [
      () => u8(256),
      () => u16(-1),
      () => u32(1.5),
      () => u48(2 ** 48),
      () => readU48(new Uint8Array(5), 0),
    ]) {
      expect(make).toThrow(TypeError);
    }
  });
});

describe("equalBytes", () => {
  it("compares length and content", () => {
    expect(equalBytes(u16(258), u16(258))).toBe(true);
    expect(equalBytes(u16(258), u16(259))).toBe(false);
    expect(equalBytes(u8(0), u16(0))).toBe(false);
  });
});

describe("fromHex", () => {
  it("refuses odd lengths and foreign characters", () => {
    expect(fromHex("0aFF")).toEqual(new Uint8Array([10, 255]));
    expect(fromHex("abc")).toBeNull();
    expect(fromHex("0x")).toBeNull();
  });
});
