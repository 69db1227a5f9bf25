import type { Piece } from "../finding.ts";
import { type PooledString, toPoolPieces } from "./pool-pieces.ts";
import { toRawPieces } from "./raw-strings.ts";

const MOST_OBJECTS = 1_000_000;
const TRAILER = 32;

/**
 * A binary property list (CoreFoundation, CFBinaryPList.c). Objects are read one after the other as the offset table has them, and no reference is followed further than
 * from a dictionary to its own strings: cycles and objects that many others share cost nothing.
 *
 * @throws Error or RangeError where it is damaged.
 */
export function* readBinaryPlist(bytes: Buffer): Generator<Piece> {
  const trailer = bytes.length - TRAILER;
  if (trailer < 8) throw new Error("a property list ends before its trailer");
  const [offsetSize, referenceSize] = [bytes.readUInt8(trailer + 6), bytes.readUInt8(trailer + 7)];
  const count = Number(bytes.readBigUInt64BE(trailer + 8));
  const table = Number(bytes.readBigUInt64BE(trailer + 24));
  if (count > MOST_OBJECTS || offsetSize < 1 || offsetSize > 6 || referenceSize < 1 || referenceSize > 6)
    throw new Error("a property list's trailer makes no sense");
  const offsetOf = (index: number): number => {
    if (index >= count) throw new Error("a reference points at no object");
    return bytes.readUIntBE(table + index * offsetSize, offsetSize);
  };
  const most = bytes.length * 2 + 4096;
  yield* toPoolPieces(stringsOf(bytes, count, offsetOf), "pool", most);
  yield* dataOf(bytes, count, offsetOf);
  let budget = bytes.length / 2;
  for (let index = 0; index < count; index += 1) {
    const offset = offsetOf(index);
    if (bytes.readUInt8(offset) >> 4 !== 0xd) continue;
    const { length, start } = readLength(bytes, offset);
    budget -= length;
    if (budget < 0) throw new Error("dictionaries repeat themselves");
    for (let entry = 0; entry < length; entry += 1) {
      const key = readString(bytes, offsetOf(bytes.readUIntBE(start + entry * referenceSize, referenceSize)));
      const value = readString(
        bytes,
        offsetOf(bytes.readUIntBE(start + (length + entry) * referenceSize, referenceSize)),
      );
      if (key === null || value === null || key.text.length > 256 || value.text.length > 4096) continue;
      const at = { line: null, column: null, offset: value.offset } as const;
      yield { type: "named", named: { name: key.text, value: value.text, at } };
    }
  }
}

function* stringsOf(bytes: Buffer, count: number, offsetOf: (index: number) => number): Generator<PooledString> {
  for (let index = 0; index < count; index += 1) {
    const string = readString(bytes, offsetOf(index));
    if (string !== null) yield string;
  }
}

/** Bytes of data objects (0x4n), where archives of objects and settings keep texts. */
function* dataOf(bytes: Buffer, count: number, offsetOf: (index: number) => number): Generator<Piece> {
  let budget = bytes.length;
  for (let index = 0; index < count; index += 1) {
    const offset = offsetOf(index);
    if (bytes.readUInt8(offset) >> 4 !== 4) continue;
    const { length, start } = readLength(bytes, offset);
    budget -= length;
    if (budget < 0 || start + length > bytes.length) throw new Error("data does not fit");
    yield* toRawPieces(bytes.subarray(start, start + length), start);
  }
}

/** A string object: 0x5n ASCII, 0x6n UTF-16 big endian; null for any other object. */
function readString(bytes: Buffer, offset: number): PooledString | null {
  const type = bytes.readUInt8(offset) >> 4;
  if (type !== 5 && type !== 6) return null;
  const { length, start } = readLength(bytes, offset);
  const end = start + length * (type - 4);
  if (end > bytes.length) throw new Error("a string does not fit");
  const text =
    type === 5
      ? bytes.toString("latin1", start, end)
      : Buffer.from(bytes.subarray(start, end)).swap16().toString("utf16le");
  return { text, offset: start };
}

function readLength(bytes: Buffer, offset: number): { length: number; start: number } {
  const short = bytes.readUInt8(offset) & 0xf;
  if (short !== 0xf) return { length: short, start: offset + 1 };
  const size = 2 ** (bytes.readUInt8(offset + 1) & 0xf);
  if (size > 4) throw new Error("a length is too long");
  return { length: bytes.readUIntBE(offset + 2, size), start: offset + 2 + size };
}
