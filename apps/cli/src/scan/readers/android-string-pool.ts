import type { PooledString } from "./pool-pieces.ts";

const UTF8 = 0x100;

/** The strings of a ResStringPool_chunk (AOSP, ResourceTypes.h), each read when it is asked for. */
export interface StringPool {
  readonly count: number;
  /** Null where there is none, or it has more than `longest` bytes. */
  at(index: number, longest?: number): PooledString | null;
}

/** @throws RangeError where the chunk is damaged. */
export function openStringPool(bytes: Buffer, chunk: number): StringPool {
  const size = Math.min(bytes.readUInt32LE(chunk + 4), bytes.length - chunk);
  const headerSize = bytes.readUInt16LE(chunk + 2);
  const count = Math.min(bytes.readUInt32LE(chunk + 8), Math.floor(size / 4));
  const isUtf8 = (bytes.readUInt32LE(chunk + 16) & UTF8) !== 0;
  const strings = chunk + bytes.readUInt32LE(chunk + 20);
  const end = chunk + size;
  return {
    count,
    at: (index, longest = Number.POSITIVE_INFINITY) => {
      if (index >= count) return null;
      const offset = strings + bytes.readUInt32LE(chunk + headerSize + index * 4);
      if (offset + 2 > end) return null;
      return isUtf8 ? readUtf8(bytes, offset, end, longest) : readUtf16(bytes, offset, end, longest);
    },
  };
}

export function* stringsOfPool(pool: StringPool): Generator<PooledString> {
  for (let index = 0; index < pool.count; index += 1) {
    const string = pool.at(index);
    if (string !== null) yield string;
  }
}

/** Length in characters, then in bytes, each of one byte or two. */
function readUtf8(bytes: Buffer, offset: number, end: number, longest: number): PooledString | null {
  const afterCharacters = offset + ((bytes[offset] ?? 0) & 0x80 ? 2 : 1);
  const first = bytes[afterCharacters] ?? 0;
  const length = first & 0x80 ? ((first & 0x7f) << 8) | (bytes[afterCharacters + 1] ?? 0) : first;
  const start = afterCharacters + (first & 0x80 ? 2 : 1);
  return length <= longest && start + length <= end
    ? { text: bytes.toString("utf8", start, start + length), offset: start }
    : null;
}

function readUtf16(bytes: Buffer, offset: number, end: number, longest: number): PooledString | null {
  const first = bytes.readUInt16LE(offset);
  const isLong = (first & 0x8000) !== 0;
  if (isLong && offset + 4 > end) return null;
  const length = isLong ? (first & 0x7fff) * 0x10000 + bytes.readUInt16LE(offset + 2) : first;
  const start = offset + (isLong ? 4 : 2);
  return length * 2 <= longest && start + length * 2 <= end
    ? { text: bytes.toString("utf16le", start, start + length * 2), offset: start }
    : null;
}
