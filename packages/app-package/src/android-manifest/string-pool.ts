import { manifestWork } from "./manifest-work.ts";
import { parseModifiedUtf8 } from "./modified-utf8.ts";

/** The strings of a binary XML document. Each is read when it is asked for: what nothing refers to is not judged, as on Android. */
export interface StringPool {
  /** The string of this index; null where Android's reader or apksig's would have none. */
  read(index: number): string | null;
}

const utf8Flag = 1 << 8;
const headerBytes = 28;

/**
 * The pool of a chunk whose bounds were checked. Null where Android does not take the pool (`ResStringPool::setTo`): counts and offsets
 * beyond the chunk, strings that do not end in a zero, styles that do not end in their mark.
 */
export function parseStringPool(chunk: Uint8Array, headerSize: number): StringPool | null {
  if (headerSize < headerBytes) return null;
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const [stringCount, styleCount, flags, stringsStart, stylesStart] = [8, 12, 16, 20, 24].map((at) =>
    view.getUint32(at, true),
  ) as [number, number, number, number, number];
  const unitBytes = (flags & utf8Flag) !== 0 ? 1 : 2;
  const end = styleCount === 0 ? chunk.length : stylesStart;
  if (headerSize + 4 * stringCount > chunk.length) return null;
  if (stringCount > 0) {
    if (stringsStart < headerSize || stringsStart >= chunk.length - 2) return null;
    if (styleCount > 0 && (stylesStart >= chunk.length - 2 || stylesStart <= stringsStart)) return null;
    const units = Math.floor((end - stringsStart) / unitBytes);
    if (units === 0 || !isZero(chunk, stringsStart + (units - 1) * unitBytes, unitBytes)) return null;
  }
  if (styleCount > 0 && !endsInMark(chunk, stylesStart)) return null;

  const strings = stringCount === 0 ? new Uint8Array() : chunk.subarray(stringsStart, end);
  const known = new Map<number, string | null>();
  let left = 2 * chunk.length;
  const read = (index: number): string | null => {
    if (index >= stringCount || left <= 0) return null;
    const offset = view.getUint32(headerSize + 4 * index, true);
    const found = unitBytes === 1 ? utf8At(strings, offset) : utf16At(strings, offset);
    // Strings that share their bytes would otherwise cost more than the document is long.
    left -= found?.bytes.length ?? 0;
    if (found === null || left <= 0) return null;
    manifestWork.steps += found.bytes.length;
    if (unitBytes === 2) return Buffer.from(found.bytes).toString("utf16le");
    const text = parseModifiedUtf8(found.bytes);
    return text !== null && (text.length & 0x7fff) === found.utf16Length ? text : null;
  };
  return {
    read(index) {
      const before = known.get(index);
      if (before !== undefined) return before;
      const text = read(index);
      known.set(index, text);
      return text;
    },
  };
}

interface FoundString {
  readonly bytes: Uint8Array;
  readonly utf16Length: number;
}

/** `ResStringPool::stringAt` for UTF-8: two lengths of one or two bytes, the bytes, a zero. */
function utf8At(strings: Uint8Array, offset: number): FoundString | null {
  if (offset >= strings.length - 1) return null;
  const [utf16Length, second] = lengthAt(strings, offset);
  const [byteLength, start] = lengthAt(strings, second);
  const end = start + byteLength;
  return end < strings.length && strings[end] === 0 ? { bytes: strings.subarray(start, end), utf16Length } : null;
}

/** One or two bytes: the high bit of the first says that a second follows. */
function lengthAt(strings: Uint8Array, at: number): readonly [length: number, next: number] {
  const first = strings[at] ?? 0;
  return (first & 0x80) === 0 ? [first, at + 1] : [((first & 0x7f) << 8) | (strings[at + 1] ?? 0), at + 2];
}

/** `ResStringPool::stringAt` for UTF-16: one or two units of length, the units, a zero. At an odd offset Android and apksig read different bytes. */
function utf16At(strings: Uint8Array, offset: number): FoundString | null {
  const units = Math.floor(strings.length / 2);
  const at = Math.floor(offset / 2);
  if (offset % 2 !== 0 || at >= units - 1) return null;
  const unit = (index: number) => (strings[2 * index] ?? 0) | ((strings[2 * index + 1] ?? 0) << 8);
  const first = unit(at);
  const long = (first & 0x8000) !== 0;
  const length = long ? (first & 0x7fff) * 0x10000 + unit(at + 1) : first;
  const start = at + (long ? 2 : 1);
  if (start + length >= units || unit(start + length) !== 0) return null;
  return { bytes: strings.subarray(2 * start, 2 * (start + length)), utf16Length: length };
}

function isZero(bytes: Uint8Array, at: number, length: number): boolean {
  return bytes.subarray(at, at + length).every((byte) => byte === 0);
}

/** Styles end in three words of ones. */
function endsInMark(chunk: Uint8Array, stylesStart: number): boolean {
  const words = Math.floor((chunk.length - stylesStart) / 4);
  const end = stylesStart + 4 * words;
  return words >= 3 && chunk.subarray(end - 12, end).every((byte) => byte === 0xff);
}
