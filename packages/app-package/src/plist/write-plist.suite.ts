import type { PlistValue } from "./plist-value.ts";

/** Writes a binary property list, one object for each value. Shares nothing with the reader. */
export function writeBinaryPlist(value: PlistValue): Uint8Array {
  const objects: Buffer[] = [];

  function add(item: PlistValue): number {
    const index = objects.push(Buffer.alloc(0)) - 1;
    objects[index] = encode(item);
    return index;
  }

  function encode(item: PlistValue): Buffer {
    if (typeof item === "boolean") return Buffer.of(item ? 0x09 : 0x08);
    if (typeof item === "bigint" || (typeof item === "number" && Number.isInteger(item))) return integer(BigInt(item));
    if (typeof item === "number") {
      const real = Buffer.alloc(9, 0x23);
      real.writeDoubleBE(item, 1);
      return real;
    }
    if (item instanceof Date) {
      const date = Buffer.alloc(9, 0x33);
      date.writeDoubleBE((item.getTime() - Date.UTC(2001, 0, 1)) / 1000, 1);
      return date;
    }
    if (typeof item === "string") {
      const isAscii = !/[^\0-\x7f]/.test(item);
      const utf16 = Buffer.from(item, "utf16le").swap16();
      return isAscii ? sized(0x50, item.length, Buffer.from(item, "latin1")) : sized(0x60, item.length, utf16);
    }
    if (item instanceof Uint8Array) return sized(0x40, item.length, Buffer.from(item));
    if (Array.isArray(item)) return sized(0xa0, item.length, references(item.map(add)));
    const entries = [...(item as ReadonlyMap<string, PlistValue>)];
    const keys = entries.map(([key]) => add(key));
    const values = entries.map(([, held]) => add(held));
    return sized(0xd0, entries.length, references([...keys, ...values]));
  }

  const top = add(value);
  const offsets: number[] = [];
  let at = 8;
  for (const object of objects) {
    offsets.push(at);
    at += object.length;
  }
  const trailer = Buffer.alloc(32);
  trailer.writeUInt8(4, 6);
  trailer.writeUInt8(4, 7);
  trailer.writeBigUInt64BE(BigInt(objects.length), 8);
  trailer.writeBigUInt64BE(BigInt(top), 16);
  trailer.writeBigUInt64BE(BigInt(at), 24);
  return Buffer.concat([Buffer.from("bplist00"), ...objects, references(offsets), trailer]);
}

function references(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number, 4 * index);
  return bytes;
}

function integer(value: bigint): Buffer {
  if (value >= 0n && value < 256n) return Buffer.of(0x10, Number(value));
  const isWide = value >= 1n << 63n;
  const bytes = Buffer.alloc(isWide ? 17 : 9, 0);
  bytes[0] = isWide ? 0x14 : 0x13;
  if (isWide) bytes.writeBigUInt64BE(value, 9);
  else bytes.writeBigInt64BE(value, 1);
  return bytes;
}

function sized(marker: number, count: number, contents: Buffer): Buffer {
  if (count < 15) return Buffer.concat([Buffer.of(marker | count), contents]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(count);
  return Buffer.concat([Buffer.of(marker | 0x0f, 0x12), length, contents]);
}
