import type { PackageProblem, Read } from "../problem.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { type DirectoryRecord, readCentralDirectory } from "./central-directory.ts";
import { readZipEnd, type ZipEnd } from "./end-of-central-directory.ts";
import { damaged, streamContent } from "./entry-content.ts";
import { quoteName } from "./entry-name.ts";
import { checkLocalHeaders } from "./local-headers.ts";
import type { ZipArchive, ZipEntry } from "./zip-archive.ts";

/** An archive as it stands, with what keeps it from having one meaning. */
export interface ScannedZip {
  readonly archive: ZipArchive;
  readonly end: ZipEnd;
  /** Where the last entry ends; the signing block of an APK begins there or later. */
  readonly entriesEnd: number;
  /** At most one of each code; empty for an archive that has one meaning. */
  readonly findings: readonly PackageProblem[];
}

/**
 * Opens a ZIP archive that has one meaning: what is read from it is what any phone reads. Refused are ZIP64, a prefix, names that are
 * duplicate or unfit as paths, local headers that disagree, entries that overlap, encryption, methods other than stored and deflated,
 * and more growth than `checkGrowth` allows. Holds the central directory (at most 64 MiB) in memory and no content.
 */
export async function openZip(source: ByteSource): Promise<Read<ZipArchive>> {
  const scanned = await scanZip(source);
  if (!scanned.ok) return scanned;
  const [finding] = scanned.value.findings;
  return finding === undefined ? { ok: true, value: scanned.value.archive } : { ok: false, problem: finding };
}

/**
 * Opens an archive whatever its findings, as Android's verifier of signatures does, which judges less than `openZip`. For a verdict that
 * must be Android's; who identifies a build by it takes the findings for errors.
 */
export async function scanZip(source: ByteSource): Promise<Read<ScannedZip>> {
  const end = await readZipEnd(source);
  if (!end.ok) return end;
  const directory = await readCentralDirectory(source, end.value);
  if (!directory.ok) return directory;
  const { records } = directory.value;
  const places = await checkLocalHeaders(source, records, end.value.directoryOffset);
  const growth = checkGrowth(records, source.size);
  return {
    ok: true,
    value: {
      archive: createArchive(source, records, places.dataOffsets),
      end: end.value,
      entriesEnd: places.end,
      findings: [...directory.value.findings, ...places.findings, ...(growth === null ? [] : [growth])],
    },
  };
}

const freeGrowthBytes = 256 * 1024 * 1024;
const growthPerByte = 64;
// The most that DEFLATE grows (RFC 1951: 258 bytes by two bits).
const deflateGrowth = 1032;

/**
 * All entries together take no more bytes than the file has, and unfold to at most 256 MiB and 64 times the file; none to more than
 * DEFLATE can. Where this holds, reading every entry once is work in proportion to the file.
 */
function checkGrowth(records: readonly DirectoryRecord[], fileBytes: number): PackageProblem | null {
  let [total, taken] = [0, 0];
  for (const { name, compressedBytes, uncompressedBytes } of records) {
    total += uncompressedBytes;
    taken += compressedBytes;
    if (uncompressedBytes > (compressedBytes + 1) * deflateGrowth)
      return { code: "zip_bomb", detail: `${quoteName(name)} states more than its content can unfold to` };
  }
  if (taken > fileBytes) return { code: "zip_bomb", detail: `entries of ${taken} bytes in a file of ${fileBytes}` };
  return total > freeGrowthBytes + growthPerByte * fileBytes
    ? { code: "zip_bomb", detail: `${total} bytes from a file of ${fileBytes}` }
    : null;
}

function createArchive(
  source: ByteSource,
  records: readonly DirectoryRecord[],
  dataOffsets: ReadonlyMap<ZipEntry, number>,
): ZipArchive {
  const byName = new Map<string, DirectoryRecord>();
  for (const record of records) if (!byName.has(record.name)) byName.set(record.name, record);

  const stream: ZipArchive["stream"] = async (entry, onPiece) => {
    const dataOffset = dataOffsets.get(entry);
    return dataOffset === undefined
      ? damaged(entry, "has no content that could be read")
      : await streamContent(source, entry, dataOffset, onPiece);
  };
  return {
    entries: records,
    find: (name) => byName.get(name),
    stream,
    async read(entry, maximumBytes) {
      if (entry.uncompressedBytes > maximumBytes)
        return {
          ok: false,
          problem: {
            code: "zip_entry_too_large",
            detail: `${quoteName(entry.name)} has ${entry.uncompressedBytes} bytes, at most ${maximumBytes} are read`,
          },
        };
      // Grown as content comes: a length that is merely stated takes no memory.
      const pieces: Uint8Array[] = [];
      const streamed = await stream(entry, (piece) => pieces.push(new Uint8Array(piece)));
      return streamed.ok ? { ok: true, value: new Uint8Array(Buffer.concat(pieces)) } : streamed;
    },
  };
}
