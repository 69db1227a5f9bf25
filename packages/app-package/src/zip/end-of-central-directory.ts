import type { PackageProblem, Read } from "../problem.ts";
import type { ByteSource } from "../source/byte-source.ts";

/** Where the central directory stands, as the end record states it. */
export interface ZipEnd {
  /** Position of the end of central directory record. */
  readonly endOffset: number;
  /** The end record with its comment, a copy: at most 65 557 bytes. */
  readonly endRecord: Uint8Array;
  readonly directoryOffset: number;
  readonly directoryBytes: number;
  readonly entryCount: number;
}

const endBytes = 22;
const maximumCommentBytes = 0xffff;
const zip64LocatorBytes = 20;

/** Position of the central directory's offset inside the end record (APPNOTE 6.3.10 §4.3.16). */
export const directoryOffsetField = 16;

/**
 * Finds the end of central directory record: it is the last thing that looks like one, and its comment ends where the file ends. Both of
 * Android's readers find that one; a file in which a second could be taken for it is refused. Reads at most 65 577 bytes, once.
 */
export async function readZipEnd(source: ByteSource): Promise<Read<ZipEnd>> {
  if (source.size < endBytes) return refuse("zip_malformed", "shorter than an end of central directory record");
  const length = Math.min(source.size, endBytes + maximumCommentBytes + zip64LocatorBytes);
  const tailOffset = source.size - length;
  const tail = Buffer.from(await source.read(tailOffset, length));

  const at = tail.lastIndexOf("PK\u0005\u0006", tail.length - endBytes, "latin1");
  if (at < 0) return refuse("zip_malformed", "there is no end of central directory record");
  if (at + endBytes + tail.readUInt16LE(at + 20) !== tail.length)
    return refuse("zip_end_ambiguous", "the last end record's comment does not end with the file");
  if (hasRival(tail, at)) return refuse("zip_end_ambiguous", "the comment could begin earlier");
  if (at >= zip64LocatorBytes && tail.readUInt32LE(at - zip64LocatorBytes) === 0x07064b50)
    return refuse("zip_zip64", "a ZIP64 locator stands before the end record");

  const endOffset = tailOffset + at;
  const entryCount = tail.readUInt16LE(at + 10);
  const directoryBytes = tail.readUInt32LE(at + 12);
  const directoryOffset = tail.readUInt32LE(at + directoryOffsetField);
  if (entryCount === 0xffff || directoryBytes === 0xffffffff || directoryOffset === 0xffffffff)
    return refuse("zip_zip64", "the end record refers to ZIP64");
  if (tail.readUInt16LE(at + 4) !== 0 || tail.readUInt16LE(at + 6) !== 0 || tail.readUInt16LE(at + 8) !== entryCount)
    return refuse("zip_malformed", "the archive is split over several files");
  if (directoryOffset + directoryBytes > endOffset)
    return refuse("zip_malformed", "the central directory reaches beyond the end record");
  return {
    ok: true,
    value: { endOffset, endRecord: new Uint8Array(tail.subarray(at)), directoryOffset, directoryBytes, entryCount },
  };
}

/** True where an earlier record's comment would end with the file too. */
function hasRival(tail: Buffer, end: number): boolean {
  for (let at = end - 1; at >= 0; at -= 1) {
    at = tail.lastIndexOf("PK\u0005\u0006", at, "latin1");
    if (at < 0) return false;
    if (at + endBytes + tail.readUInt16LE(at + 20) === tail.length) return true;
  }
  return false;
}

function refuse(code: PackageProblem["code"], detail: string): Read<never> {
  return { ok: false, problem: { code, detail } };
}
