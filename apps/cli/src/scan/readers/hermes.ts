import type { Piece } from "../finding.ts";
import { type PooledString, toPoolPieces } from "./pool-pieces.ts";

/** Where the string tables of a bytecode file are. */
interface Layout {
  readonly kinds: number;
  readonly kindCount: number;
  readonly small: number;
  readonly count: number;
  readonly overflow: number;
  readonly overflowCount: number;
  readonly storage: number;
  readonly storageSize: number;
}

const HEADER = 128;
const functionHeaderSizes = [16, 12, 20, 24, 32];

/**
 * Hermes bytecode (facebook/hermes, BytecodeFileFormat.h): the string table, whose entries overlap each other in one storage without separators. The counts stand at the
 * same place in the versions 60 to 99; the size of a function's header has changed, so each size is tried until the tables fit their own entries.
 *
 * @throws Error or RangeError where no reading fits.
 */
export function* readHermes(bytes: Buffer): Generator<Piece> {
  if (bytes.length < HEADER) throw new Error("a bytecode file ends in its header");
  const layout = functionHeaderSizes
    .map((size) => layoutOf(bytes, size))
    .find((found) => found !== null && fits(bytes, found));
  if (layout === undefined || layout === null) throw new Error("no known layout of the string table fits");
  const literals = literalsOf(bytes, layout);
  const most = bytes.length * 4 + 4096;
  yield* toPoolPieces(
    stringsOf(bytes, layout, (index) => literals(index)),
    "sorted",
    most,
  );
  yield* toPoolPieces(
    stringsOf(bytes, layout, (index) => !literals(index)),
    "raw",
    most,
  );
}

const align = (offset: number): number => Math.ceil(offset / 4) * 4;

function layoutOf(bytes: Buffer, functionHeaderSize: number): Layout | null {
  const field = (index: number): number => bytes.readUInt32LE(32 + index * 4);
  const [functionCount, kindCount, identifierCount] = [field(2), field(3), field(4)];
  const [count, overflowCount, storageSize] = [field(5), field(6), field(7)];
  const kinds = align(HEADER + functionCount * functionHeaderSize);
  const small = kinds + kindCount * 4 + identifierCount * 4;
  const overflow = align(small + count * 4);
  const storage = align(overflow + overflowCount * 8);
  if (count === 0 || storage + storageSize > bytes.length) return null;
  return { kinds, kindCount, small, count, overflow, overflowCount, storage, storageSize };
}

/** isUTF16: 1 bit, offset: 23 bits, length: 8 bits; a length of 255 means that the offset counts into the overflow table. */
function entryAt(
  bytes: Buffer,
  layout: Layout,
  index: number,
): { wide: boolean; offset: number; length: number } | null {
  const word = bytes.readUInt32LE(layout.small + index * 4);
  const wide = (word & 1) === 1;
  const [offset, length] = [(word >>> 1) & 0x7fffff, word >>> 24];
  if (length !== 0xff) return toEntry(layout, wide, offset, length);
  if (offset >= layout.overflowCount) return null;
  const at = layout.overflow + offset * 8;
  return toEntry(layout, wide, bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4));
}

function toEntry(layout: Layout, wide: boolean, offset: number, length: number) {
  return offset + length * (wide ? 2 : 1) <= layout.storageSize ? { wide, offset, length } : null;
}

/** Every entry must lie within the storage, and the storage must be used to its end: a wrong guess fails both at once. */
function fits(bytes: Buffer, layout: Layout): boolean {
  let furthest = 0;
  for (let index = 0; index < layout.count; index += 1) {
    const entry = entryAt(bytes, layout, index);
    if (entry === null) return false;
    furthest = Math.max(furthest, entry.offset + entry.length * (entry.wide ? 2 : 1));
  }
  return furthest === layout.storageSize;
}

/** Runs of strings and of identifiers: 31 bits of count, and a bit that says which. */
function literalsOf(bytes: Buffer, { kinds, kindCount }: Layout): (index: number) => boolean {
  const runs: { readonly end: number; readonly isLiteral: boolean }[] = [];
  let end = 0;
  for (let index = 0; index < Math.min(kindCount, 4096); index += 1) {
    const word = bytes.readUInt32LE(kinds + index * 4);
    end += word & 0x7fffffff;
    runs.push({ end, isLiteral: word >>> 31 === 0 });
  }
  return (index) => {
    let [low, high] = [0, runs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (index < (runs[middle]?.end ?? 0)) high = middle;
      else low = middle + 1;
    }
    return runs[low]?.isLiteral ?? true;
  };
}

function* stringsOf(bytes: Buffer, layout: Layout, isWanted: (index: number) => boolean): Generator<PooledString> {
  for (let index = 0; index < layout.count; index += 1) {
    if (!isWanted(index)) continue;
    const entry = entryAt(bytes, layout, index);
    if (entry === null) continue;
    const start = layout.storage + entry.offset;
    const end = start + entry.length * (entry.wide ? 2 : 1);
    yield {
      text: entry.wide ? bytes.toString("utf16le", start, end) : bytes.toString("latin1", start, end),
      offset: start,
    };
  }
}
