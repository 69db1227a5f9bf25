import type { Piece } from "../finding.ts";
import { openStringPool, type StringPool, stringsOfPool } from "./android-string-pool.ts";
import { toPoolPieces } from "./pool-pieces.ts";

const POOL = 0x0001;
const TABLE = 0x0002;
const PACKAGE = 0x0200;
const TYPE = 0x0201;
const STRING = 0x03;
/** Bytes of a name or value that is looked at as a pair; longer ones stand in the pools. */
const LONGEST = 4096;
const COMPLEX = 0x0001;
const SPARSE = 0x01;
const OFFSETS_16 = 0x02;

/**
 * `resources.arsc` (AOSP, ResourceTypes.h): its strings, and each string resource under its name, as `google_maps_key`.
 *
 * @throws Error or RangeError where it is damaged.
 */
export function* readAndroidResources(bytes: Buffer): Generator<Piece> {
  if (bytes.readUInt16LE(0) !== TABLE) throw new Error("not a resource table");
  let values: StringPool | null = null;
  // An entry and its offset take at least ten bytes; some share theirs.
  const budget = { entries: bytes.length / 4 };
  for (const { type, chunk, size } of chunksOf(bytes, bytes.readUInt16LE(2), bytes.length)) {
    if (type === POOL && values === null) {
      values = openStringPool(bytes, chunk);
      yield* toPoolPieces(stringsOfPool(values), "sorted", bytes.length * 2 + 4096);
    }
    if (type === PACKAGE && values !== null) yield* readPackage(bytes, { start: chunk, size }, values, budget);
  }
  if (values === null) throw new Error("a resource table has no strings");
}

function* chunksOf(bytes: Buffer, from: number, to: number): Generator<{ type: number; chunk: number; size: number }> {
  for (let chunk = from; chunk + 8 <= to; ) {
    const size = bytes.readUInt32LE(chunk + 4);
    if (size < 8 || chunk + size > bytes.length) throw new Error("a chunk does not fit");
    yield { type: bytes.readUInt16LE(chunk), chunk, size };
    chunk += size;
  }
}

/** ResTable_package: keyStrings, an offset, at 8 + 4 + 256 + 8. */
function* readPackage(
  bytes: Buffer,
  { start, size }: { readonly start: number; readonly size: number },
  values: StringPool,
  budget: { entries: number },
): Generator<Piece> {
  const keys = openStringPool(bytes, start + bytes.readUInt32LE(start + 276));
  for (const { type, chunk } of chunksOf(bytes, start + bytes.readUInt16LE(start + 2), start + size)) {
    if (type !== TYPE) continue;
    budget.entries -= bytes.readUInt32LE(chunk + 12);
    if (budget.entries < 0) throw new Error("types share their entries");
    yield* readType(bytes, chunk, keys, values);
  }
}

/** ResTable_type: flags at 9, entryCount at 12, entriesStart at 16, offsets after the header; sparse ones pair an index with a quarter of the offset. */
function* readType(bytes: Buffer, chunk: number, keys: StringPool, values: StringPool): Generator<Piece> {
  const flags = bytes.readUInt8(chunk + 9);
  const count = bytes.readUInt32LE(chunk + 12);
  const entries = chunk + bytes.readUInt32LE(chunk + 16);
  const offsets = chunk + bytes.readUInt16LE(chunk + 2);
  for (let index = 0; index < count; index += 1) {
    const offset = offsetAt(bytes, offsets, index, flags);
    if (offset === null) continue;
    const named = readEntry(bytes, entries + offset, keys, values);
    if (named !== null) yield { type: "named", named };
  }
}

function offsetAt(bytes: Buffer, offsets: number, index: number, flags: number): number | null {
  if (flags & SPARSE) return bytes.readUInt16LE(offsets + index * 4 + 2) * 4;
  if (flags & OFFSETS_16) {
    const short = bytes.readUInt16LE(offsets + index * 2);
    return short === 0xffff ? null : short * 4;
  }
  const offset = bytes.readUInt32LE(offsets + index * 4);
  return offset === 0xffffffff ? null : offset;
}

/** ResTable_entry: size, flags, key; then Res_value: size, 0, dataType, data. */
function readEntry(bytes: Buffer, entry: number, keys: StringPool, values: StringPool) {
  const size = bytes.readUInt16LE(entry);
  if (bytes.readUInt16LE(entry + 2) & COMPLEX || bytes.readUInt8(entry + size + 3) !== STRING) return null;
  const name = keys.at(bytes.readUInt32LE(entry + 4), LONGEST);
  const value = values.at(bytes.readUInt32LE(entry + size + 4), LONGEST);
  if (name === null || value === null) return null;
  return { name: name.text, value: value.text, at: { line: null, column: null, offset: value.offset } } as const;
}
