import type { Piece } from "../finding.ts";
import { readModifiedUtf8 } from "./modified-utf8.ts";
import { type PooledString, toPoolPieces } from "./pool-pieces.ts";

const STRING = 0x17;
const HEADER = 0x70;
/** Bytes of a name or value that is looked at as a pair; longer ones stand in the table. */
const LONGEST = 4096;
/** Of types, prototypes, fields and methods: where the header has count and offset, an item's size, and where its string index is. */
const nameTables = [
  [0x40, 4, 0],
  [0x48, 12, 0],
  [0x50, 8, 4],
  [0x58, 8, 4],
] as const;

/**
 * A Dalvik executable (source.android.com/docs/core/runtime/dex-format): its string table, and static fields with the strings they begin with, which is how
 * `BuildConfig.API_KEY` is compiled. The table is sorted, so neighbours there mean nothing.
 *
 * @throws Error or RangeError where it is damaged.
 */
export function* readDex(bytes: Buffer): Generator<Piece> {
  if (bytes.length < HEADER) throw new Error("a dex file ends in its header");
  const isIdentifier = identifiersOf(bytes);
  const most = bytes.length * 2 + 4096;
  yield* toPoolPieces(
    stringsOf(bytes, (index) => !isIdentifier(index)),
    "sorted",
    most,
  );
  yield* toPoolPieces(stringsOf(bytes, isIdentifier), "raw", most);
  yield* staticFields(bytes);
}

function stringAt(bytes: Buffer, index: number): PooledString {
  const offset = textOffset(bytes, index);
  return { text: readModifiedUtf8(bytes, offset), offset };
}

/** Null where it is long: many fields may name the same string. */
function shortStringAt(bytes: Buffer, index: number): PooledString | null {
  const offset = textOffset(bytes, index);
  const most = bytes.subarray(offset, offset + LONGEST + 1);
  return most.includes(0) ? { text: readModifiedUtf8(most, 0), offset } : null;
}

function textOffset(bytes: Buffer, index: number): number {
  if (index >= bytes.readUInt32LE(0x38)) throw new Error("a string index is out of range");
  return skipLeb(bytes, bytes.readUInt32LE(bytes.readUInt32LE(0x3c) + index * 4));
}

function* stringsOf(bytes: Buffer, isWanted: (index: number) => boolean): Generator<PooledString> {
  const count = bytes.readUInt32LE(0x38);
  for (let index = 0; index < count; index += 1) if (isWanted(index)) yield stringAt(bytes, index);
}

/** Strings that are names of types, fields and methods, or short forms of prototypes: code, and not what code says. */
function identifiersOf(bytes: Buffer): (index: number) => boolean {
  const found = new Uint8Array(Math.min(bytes.readUInt32LE(0x38), bytes.length / 4));
  for (const [header, itemSize, at] of nameTables) {
    const [count, table] = [bytes.readUInt32LE(header), bytes.readUInt32LE(header + 4)];
    for (let index = 0; index < count; index += 1) found[bytes.readUInt32LE(table + index * itemSize + at)] = 1;
  }
  return (index) => found[index] === 1;
}

/** Names and first values of static fields. class_def_item: class_data_off at 24, static_values_off at 28. */
function* staticFields(bytes: Buffer): Generator<Piece> {
  const count = bytes.readUInt32LE(0x60);
  const table = bytes.readUInt32LE(0x64);
  let budget = bytes.length / 2;
  for (let index = 0; index < count; index += 1) {
    const item = table + index * 32;
    const data = bytes.readUInt32LE(item + 24);
    const values = bytes.readUInt32LE(item + 28);
    if (data === 0 || values === 0) continue;
    for (const { fieldIndex, stringIndex } of pairsOf(bytes, data, values)) {
      budget -= 1;
      if (budget < 0) throw new Error("static fields repeat themselves");
      const nameIndex = bytes.readUInt32LE(bytes.readUInt32LE(0x54) + fieldIndex * 8 + 4);
      const value = shortStringAt(bytes, stringIndex);
      if (value === null || value.text.length < 8) continue;
      const name = shortStringAt(bytes, nameIndex);
      if (name === null) continue;
      const at = { line: null, column: null, offset: value.offset } as const;
      yield { type: "named", named: { name: name.text, value: value.text, at } };
    }
  }
}

/** The static fields of class_data_item beside encoded_array_item: value by value, strings alone are given. */
function* pairsOf(bytes: Buffer, data: number, values: number): Generator<{ fieldIndex: number; stringIndex: number }> {
  const [statics, afterStatics] = readLeb(bytes, data);
  let at = skipLeb(bytes, skipLeb(bytes, skipLeb(bytes, afterStatics)));
  let [size, value] = readLeb(bytes, values);
  size = Math.min(size, statics);
  let fieldIndex = 0;
  for (let index = 0; index < size; index += 1) {
    const [difference, afterDifference] = readLeb(bytes, at);
    fieldIndex += difference;
    at = skipLeb(bytes, afterDifference);
    const head = bytes.readUInt8(value);
    const [type, argument] = [head & 0x1f, head >> 5];
    if (type === STRING) yield { fieldIndex, stringIndex: bytes.readUIntLE(value + 1, argument + 1) };
    // Arrays and annotations have no length in front: what follows one is left out.
    if (type === 0x1c || type === 0x1d) return;
    value += type === 0x1e || type === 0x1f ? 1 : argument + 2;
  }
}

function readLeb(bytes: Buffer, start: number): [value: number, next: number] {
  let value = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = bytes.readUInt8(start + index);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return [value, start + index + 1];
  }
  throw new Error("a number of a dex file has no end");
}

function skipLeb(bytes: Buffer, start: number): number {
  return readLeb(bytes, start)[1];
}
