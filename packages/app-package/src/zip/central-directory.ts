import type { PackageProblem, Read } from "../problem.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { ZipEnd } from "./end-of-central-directory.ts";
import { parseEntryName, quoteName } from "./entry-name.ts";
import type { ZipEntry } from "./zip-archive.ts";

/** An entry with what its local header is compared by. */
export interface DirectoryRecord extends ZipEntry {
  readonly flags: number;
  readonly methodNumber: number;
  /** The name as it stands: a view on the central directory. */
  readonly nameBytes: Buffer;
}

export interface CentralDirectory {
  readonly records: readonly DirectoryRecord[];
  /** What makes the archive unfit to identify a build although it can be read; at most one of each code. */
  readonly findings: readonly PackageProblem[];
}

const maximumDirectoryBytes = 64 * 1024 * 1024;
const recordBytes = 46;

/** Reads the central directory (APPNOTE 6.3.10 §4.3.12) in one pass. Refused where a record is cut off; else read, with findings. */
export async function readCentralDirectory(source: ByteSource, end: ZipEnd): Promise<Read<CentralDirectory>> {
  if (end.directoryBytes > maximumDirectoryBytes)
    return refuse("zip_directory_too_large", `it takes ${end.directoryBytes} bytes`);
  // A copy: names are compared with local headers that are read later.
  const bytes = Buffer.from(await source.read(end.directoryOffset, end.directoryBytes));
  const records: DirectoryRecord[] = [];
  const findings = new Map<string, PackageProblem>();
  const find = (code: PackageProblem["code"], detail: string): void => {
    if (!findings.has(code)) findings.set(code, { code, detail });
  };
  const names = new Set<string>();

  let at = 0;
  while (records.length < end.entryCount) {
    const record = readRecord(bytes, at);
    if (record === null) return refuse("zip_malformed", `record ${records.length} of the central directory is broken`);
    at += record.bytes;
    const { name, unfit } = parseEntryName(record.nameBytes);
    if (unfit !== null) find("zip_name", `${quoteName(name)} ${unfit}`);
    // Names are told apart by their bytes: two that are no UTF-8 may read alike.
    const key = unfit === null ? name : record.nameBytes.toString("latin1");
    if (names.has(key)) find("zip_name_duplicate", `${quoteName(name)} stands more than once`);
    names.add(key);
    if (record.zip64) find("zip_zip64", `${quoteName(name)} refers to ZIP64`);
    if (record.methodNumber !== 0 && record.methodNumber !== 8)
      find("zip_method", `${quoteName(name)} has compression method ${record.methodNumber}`);
    if (record.methodNumber === 0 && record.compressedBytes !== record.uncompressedBytes)
      find("zip_method", `${quoteName(name)} is stored, but its two lengths differ`);
    // Bit 0: encrypted; bit 6: strong encryption; bit 13: the directory itself is masked.
    if ((record.flags & 0x2041) !== 0) find("zip_encrypted", `${quoteName(name)} is encrypted`);
    records.push({ ...record.fields, name, nameBytes: record.nameBytes });
  }
  if (at !== bytes.length) find("zip_directory_inexact", `${bytes.length - at} bytes follow the last record`);
  if (end.directoryOffset + end.directoryBytes !== end.endOffset)
    find("zip_directory_inexact", "the end record does not follow the central directory");
  return { ok: true, value: { records, findings: [...findings.values()] } };
}

function readRecord(bytes: Buffer, at: number) {
  if (at + recordBytes > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) return null;
  const nameLength = bytes.readUInt16LE(at + 28);
  const length = recordBytes + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  if (at + length > bytes.length) return null;
  const flags = bytes.readUInt16LE(at + 8);
  const methodNumber = bytes.readUInt16LE(at + 10);
  const compressedBytes = bytes.readUInt32LE(at + 20);
  const uncompressedBytes = bytes.readUInt32LE(at + 24);
  const localHeaderOffset = bytes.readUInt32LE(at + 42);
  const zip64 = [compressedBytes, uncompressedBytes, localHeaderOffset].includes(0xffffffff);
  return {
    bytes: length,
    flags,
    methodNumber,
    compressedBytes,
    uncompressedBytes,
    zip64,
    nameBytes: bytes.subarray(at + recordBytes, at + recordBytes + nameLength),
    fields: {
      flags,
      methodNumber,
      // Android's verifier inflates whatever is not stored; a finding says so.
      method: methodNumber === 0 ? ("stored" as const) : ("deflated" as const),
      compressedBytes,
      uncompressedBytes,
      crc32: bytes.readUInt32LE(at + 16),
      localHeaderOffset,
      unixMode: bytes.readUInt16LE(at + 40),
    },
  };
}

function refuse(code: PackageProblem["code"], detail: string): Read<never> {
  return { ok: false, problem: { code, detail } };
}
