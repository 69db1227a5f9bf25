import type { PackageProblem } from "../problem.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { DirectoryRecord } from "./central-directory.ts";
import { quoteName } from "./entry-name.ts";

export interface EntryPlaces {
  /** Position of each entry's content; none where its local header cannot be read, or says what no reader of Android passes over. */
  readonly dataOffsets: ReadonlyMap<DirectoryRecord, number>;
  /** Where the last content ends, data descriptor included. */
  readonly end: number;
  readonly findings: readonly PackageProblem[];
}

const headerBytes = 30;
const windowBytes = 16 * 1024;
const signature = 0x04034b50;
const descriptorSignature = 0x08074b50;

/**
 * Reads every local header (APPNOTE 6.3.10 §4.3.7) in the order of the file and compares it with the central directory: name, method, and
 * lengths and CRC where they stand there, else those of the data descriptor. Entries may be apart (zipalign and the Android build leave
 * holes) but share no byte. One pass, each header read at most once.
 */
export async function checkLocalHeaders(
  source: ByteSource,
  records: readonly DirectoryRecord[],
  directoryOffset: number,
): Promise<EntryPlaces> {
  const dataOffsets = new Map<DirectoryRecord, number>();
  const findings = new Map<string, PackageProblem>();
  const find = (code: PackageProblem["code"], detail: string): void => {
    if (!findings.has(code)) findings.set(code, { code, detail });
  };
  const readAt = createWindow(source, directoryOffset);
  if (records.length > 0 && (await readAt(0, 4))?.readUInt32LE() !== signature)
    find("zip_prefixed", "the file does not begin with a local header");

  let previousEnd = 0;
  for (const record of records.toSorted((one, other) => one.localHeaderOffset - other.localHeaderOffset)) {
    const start = record.localHeaderOffset;
    const header = await readAt(start, headerBytes);
    if (header === null || header.readUInt32LE(0) !== signature) {
      find("zip_local_header", `${quoteName(record.name)} has no local header where it should be`);
      continue;
    }
    const disagrees = checkHeader(record, header);
    const misleads = contradicts(record, header);
    const nameLength = header.readUInt16LE(26);
    const dataOffset = start + headerBytes + nameLength + header.readUInt16LE(28);
    const localName = await readAt(start + headerBytes, nameLength);
    if (disagrees !== null) find("zip_local_header", `${quoteName(record.name)}: ${disagrees} differs`);
    const isNamed = localName !== null && record.nameBytes.equals(localName);
    if (!isNamed) find("zip_local_header", `${quoteName(record.name)} has another name in its local header`);

    let end = dataOffset + record.compressedBytes;
    if (start < previousEnd || end > directoryOffset)
      find("zip_overlap", `${quoteName(record.name)} shares bytes with another entry or the directory`);
    if (isNamed && !misleads && end <= directoryOffset) dataOffsets.set(record, dataOffset);
    if ((record.flags & 8) !== 0) {
      const descriptor = await readDescriptor(readAt, end, record);
      if (descriptor === 0) find("zip_local_header", `${quoteName(record.name)}: the data descriptor differs`);
      end += descriptor;
    }
    previousEnd = Math.max(previousEnd, end);
  }
  return { dataOffsets, end: previousEnd, findings: [...findings.values()] };
}

/** Which field of the header contradicts the central directory; null where none does. */
function checkHeader(record: DirectoryRecord, header: Buffer): string | null {
  const flags = header.readUInt16LE(6);
  if ((flags & 0x2041) !== (record.flags & 0x2041) || (flags & 8) !== (record.flags & 8)) return "a flag";
  if (header.readUInt16LE(8) !== record.methodNumber) return "the method";
  // With bit 3 the lengths and the CRC follow the content; what stands here is then nought or the same.
  const later = (flags & 8) !== 0;
  const fields = [
    ["the CRC", header.readUInt32LE(14), record.crc32],
    ["the compressed length", header.readUInt32LE(18), record.compressedBytes],
    ["the length", header.readUInt32LE(22), record.uncompressedBytes],
  ] as const;
  return fields.find(([, local, central]) => local !== central && !(later && local === 0))?.[0] ?? null;
}

/** Whether Android's verifier of signatures reads no such entry (apksig, `LocalFileRecord`): without bit 3 the lengths and the CRC stand twice. */
function contradicts(record: DirectoryRecord, header: Buffer): boolean {
  const later = (record.flags & 8) !== 0;
  if ((header.readUInt16LE(6) & 8) !== (record.flags & 8)) return true;
  if (later) return false;
  return (
    header.readUInt32LE(14) !== record.crc32 ||
    header.readUInt32LE(18) !== record.compressedBytes ||
    header.readUInt32LE(22) !== record.uncompressedBytes
  );
}

/** Bytes of the data descriptor, with or without its signature (APPNOTE 6.3.10 §4.3.9); nought where none agrees. */
async function readDescriptor(readAt: ReadAt, at: number, record: DirectoryRecord): Promise<number> {
  const agrees = (bytes: Buffer, from: number): boolean =>
    bytes.readUInt32LE(from) === record.crc32 &&
    bytes.readUInt32LE(from + 4) === record.compressedBytes &&
    bytes.readUInt32LE(from + 8) === record.uncompressedBytes;
  const signed = await readAt(at, 16);
  if (signed !== null && signed.readUInt32LE(0) === descriptorSignature && agrees(signed, 4)) return 16;
  const plain = await readAt(at, 12);
  return plain !== null && agrees(plain, 0) ? 12 : 0;
}

type ReadAt = (offset: number, length: number) => Promise<Buffer | null>;

/**
 * Short reads, answered from one window where they fall in it; null beyond `limit`. What is given is a view that the next read may change.
 * Names of up to 65 535 bytes have a window of their own.
 */
function createWindow(source: ByteSource, limit: number): ReadAt {
  const room = Buffer.alloc(windowBytes);
  let windowOffset = 0;
  let window = room.subarray(0, 0);
  return async (offset, length) => {
    if (offset + length > limit) return null;
    if (offset < windowOffset || offset + length > windowOffset + window.length) {
      const wanted = Math.min(Math.max(windowBytes, length), limit - offset);
      window = wanted > room.length ? Buffer.alloc(wanted) : room.subarray(0, wanted);
      window.set(await source.read(offset, wanted));
      windowOffset = offset;
    }
    return window.subarray(offset - windowOffset, offset - windowOffset + length);
  };
}
