import { u32, u64 } from "./big-endian.ts";

/** A place in a file. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** One architecture of an executable, as far as its signature needs it. */
export interface MachOSlice {
  /** Where it stands in the file. */
  readonly offset: number;
  readonly size: number;
  readonly cpuType: number;
  readonly cpuSubtype: number;
  readonly isExecutable: boolean;
  readonly isEncrypted: boolean;
  /** Where its signature begins, from the slice's beginning; null where it has none. */
  readonly signatureOffset: number | null;
  /** The SuperBlob as it stands; empty where there is none. */
  readonly signature: Uint8Array;
}

/** What is wrong with a file that should be Mach-O. */
export interface MachOFault {
  readonly fault: string;
}

const magics = { fat: 0xcafebabe, fat64: 0xcafebabf };
const thinMagics: ReadonlySet<number> = new Set([0xfeedface, 0xfeedfacf]);
const commands = { codeSignature: 0x1d, encryptionInfo: 0x21, encryptionInfo64: 0x2c };
/** What `isMachO` looks at. */
export const startBytes = 12;
const EXECUTE = 2;
const MOST_SLICES = 16;
const MOST_COMMAND_BYTES = 1024 * 1024;
// Of all slices together: of 1 GiB of code in pages of 4 KiB, 13 MiB.
const MOST_SIGNATURE_BYTES = 32 * 1024 * 1024;
// Java's class files begin as fat files do, with their version where that has its count: 45 at least. Byte 10 is the tag of a constant, never nought.
const firstJavaVersion = 45;

/** True where a file is Mach-O, thin or fat, as far as its first `startBytes` tell. */
export function isMachO(start: Uint8Array): boolean {
  const magic = u32(start, 0);
  if (magic === magics.fat || magic === magics.fat64) return (u32(start, 4) ?? 0) < firstJavaVersion || start[10] === 0;
  return thinMagics.has(little32(start, 0) ?? 0);
}

/**
 * Reads the headers of a Mach-O file of `size` bytes (loader.h, fat.h), thin or fat, little-endian slices alone. A coroutine: it yields the places
 * it needs, in ascending order and without overlap, is given their bytes, and returns the slices in the order of the file, or what is wrong.
 */
export function* readMachO(size: number): Generator<Range, readonly MachOSlice[] | MachOFault, Uint8Array> {
  if (size < 28) return { fault: "is cut off" };
  const start = yield { offset: 0, length: Math.min(size, 28) };
  const magic = u32(start, 0);
  if (magic !== magics.fat && magic !== magics.fat64) {
    const slice = yield* readSlice(0, size, start);
    return "fault" in slice ? slice : [slice];
  }
  const places = yield* readFatHeader(size, start, magic === magics.fat64);
  if ("fault" in places) return places;
  const slices: MachOSlice[] = [];
  let signatureBytes = 0;
  for (const { offset, length } of places) {
    const slice = yield* readSlice(offset, length, null);
    if ("fault" in slice) return slice;
    // Which of the two a phone runs is the phone's choice.
    if (slices.some((other) => other.cpuType === slice.cpuType && other.cpuSubtype === slice.cpuSubtype))
      return { fault: "has two slices for one processor" };
    signatureBytes += slice.signature.length;
    if (signatureBytes > MOST_SIGNATURE_BYTES) return { fault: "has signatures that are too large" };
    slices.push(slice);
  }
  return slices;
}

function* readFatHeader(
  size: number,
  start: Uint8Array,
  isWide: boolean,
): Generator<Range, readonly Range[] | MachOFault, Uint8Array> {
  const count = u32(start, 4) ?? 0;
  const entryBytes = isWide ? 32 : 20;
  const end = 8 + count * entryBytes;
  if (count < 1 || count > MOST_SLICES || end > size) return { fault: "names no slices, or too many" };
  const rest = end > start.length ? yield { offset: start.length, length: end - start.length } : new Uint8Array();
  const header = Buffer.concat([start, rest]);
  const places: Range[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = 8 + index * entryBytes;
    const offset = isWide ? u64(header, at + 8) : u32(header, at + 8);
    const length = isWide ? u64(header, at + 16) : u32(header, at + 12);
    if (offset === null || length === null || offset + length > size) return { fault: "names a slice beyond its end" };
    places.push({ offset, length });
  }
  places.sort((left, right) => left.offset - right.offset);
  let next = Math.max(end, start.length);
  for (const { offset, length } of places) {
    if (offset < next) return { fault: "has slices that overlap" };
    next = offset + length;
  }
  return places;
}

function* readSlice(
  offset: number,
  size: number,
  read: Uint8Array | null,
): Generator<Range, MachOSlice | MachOFault, Uint8Array> {
  if (size < 28) return { fault: "has a slice that is cut off" };
  const header = read ?? (yield { offset, length: 28 });
  const magic = little32(header, 0);
  if (magic === null || !thinMagics.has(magic)) return { fault: "has a slice that is no little-endian Mach-O" };
  const headerBytes = magic === 0xfeedfacf ? 32 : 28;
  const count = little32(header, 16) ?? 0;
  const bytes = little32(header, 20) ?? 0;
  if (bytes > MOST_COMMAND_BYTES || headerBytes + bytes > size) return { fault: "has load commands beyond its end" };
  const rest = yield { offset: offset + 28, length: headerBytes - 28 + bytes };
  const found = readCommands(rest.subarray(headerBytes - 28), count, size);
  if ("fault" in found) return found;
  const place = found.signature;
  if (place !== null && place.offset < headerBytes + bytes)
    return { fault: "has a signature inside its load commands" };
  const signature = place === null ? new Uint8Array() : yield { offset: offset + place.offset, length: place.length };
  return {
    offset,
    size,
    cpuType: little32(header, 4) ?? 0,
    // The upper byte says what a slice may do, not which processor it is for (machine.h).
    cpuSubtype: (little32(header, 8) ?? 0) & 0xffffff,
    isExecutable: little32(header, 12) === EXECUTE,
    isEncrypted: found.isEncrypted,
    signatureOffset: place?.offset ?? null,
    signature,
  };
}

function readCommands(
  bytes: Uint8Array,
  count: number,
  size: number,
): { readonly signature: Range | null; readonly isEncrypted: boolean } | MachOFault {
  let signature: Range | null = null;
  let isEncrypted = false;
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const command = little32(bytes, at);
    const length = little32(bytes, at + 4);
    if (command === null || length === null || length < 8 || at + length > bytes.length) {
      return { fault: "has a load command that is cut off" };
    }
    if (command === commands.codeSignature) {
      const place = { offset: little32(bytes, at + 8) ?? 0, length: little32(bytes, at + 12) ?? 0 };
      const isWithin = length === 16 && place.length >= 12 && place.offset + place.length <= size;
      if (signature !== null || !isWithin || place.length > MOST_SIGNATURE_BYTES) {
        return { fault: "has two signatures, or one beyond its end" };
      }
      signature = place;
    }
    if (command === commands.encryptionInfo || command === commands.encryptionInfo64) {
      isEncrypted ||= length < 20 || little32(bytes, at + 16) !== 0;
    }
    at += length;
  }
  return at === bytes.length ? { signature, isEncrypted } : { fault: "has bytes after its load commands" };
}

function little32(bytes: Uint8Array, offset: number): number | null {
  if (offset < 0 || offset + 4 > bytes.length) return null;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset, true);
}
