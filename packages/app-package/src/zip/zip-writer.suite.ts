import { crc32, deflateRawSync } from "node:zlib";
import type { ByteSource } from "../source/byte-source.ts";

/** Fields of a header that a test writes otherwise than they should be. */
export interface Distortion {
  readonly name?: Uint8Array;
  readonly flags?: number;
  readonly method?: number;
  readonly crc32?: number;
  readonly compressedBytes?: number;
  readonly uncompressedBytes?: number;
  readonly localHeaderOffset?: number;
}

export interface MadeEntry {
  readonly name: string | Uint8Array;
  readonly content?: Uint8Array | string;
  readonly deflate?: boolean;
  /** The bytes that stand as content, where they are not what `content` makes. */
  readonly body?: Uint8Array;
  readonly local?: Distortion;
  readonly central?: Distortion;
  readonly descriptor?: "signed" | "plain" | "wrong";
  readonly gapBytes?: number;
  readonly extraBytes?: number;
  /** Upper half of the external attributes. */
  readonly unixMode?: number;
}

export interface MadeZip {
  readonly prefix?: Uint8Array;
  readonly comment?: Uint8Array;
  /** Between the entries and the central directory, as an APK Signing Block stands. */
  readonly beforeDirectory?: Uint8Array;
  readonly afterDirectory?: Uint8Array;
  readonly directoryTail?: Uint8Array;
  readonly entryCount?: number;
  readonly directoryOffset?: number;
  readonly directoryBytes?: number;
  readonly disk?: number;
}

const u16 = (value: number) => Buffer.of(value & 0xff, value >> 8);
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** Writes a ZIP archive, well formed but for what the test asks for. */
export function writeZip(entries: readonly MadeEntry[], zip: MadeZip = {}): Buffer {
  const parts: Uint8Array[] = [zip.prefix ?? Buffer.alloc(0)];
  const directory: Uint8Array[] = [];
  let length = parts[0]?.length ?? 0;
  const add = (...more: readonly Uint8Array[]) => {
    parts.push(...more);
    length += more.reduce((sum, part) => sum + part.length, 0);
  };
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? "");
    const body = entry.body ?? (entry.deflate === true ? deflateRawSync(content) : content);
    const later = entry.descriptor !== undefined;
    const fields = {
      name: Buffer.from(entry.name),
      flags: later ? 8 : 0,
      method: entry.deflate === true ? 8 : 0,
      crc32: crc32(content),
      compressedBytes: body.length,
      uncompressedBytes: content.length,
    };
    const nought = later ? { crc32: 0, compressedBytes: 0, uncompressedBytes: 0 } : {};
    add(Buffer.alloc(entry.gapBytes ?? 0));
    const localHeaderOffset = length;
    const local = { ...fields, ...nought, ...entry.local };
    const central = { ...fields, localHeaderOffset, ...entry.central };
    const extra = Buffer.alloc(entry.extraBytes ?? 0);
    add(
      Buffer.from("PK\x03\x04\x14\0", "latin1"),
      header(local),
      u16(local.name.length),
      u16(extra.length),
      local.name,
      extra,
    );
    add(body);
    if (later) {
      const crc = entry.descriptor === "wrong" ? fields.crc32 ^ 1 : fields.crc32;
      if (entry.descriptor === "signed") add(Buffer.from("PK\x07\x08", "latin1"));
      add(u32(crc >>> 0), u32(body.length), u32(content.length));
    }
    directory.push(Buffer.from("PK\x01\x02\x14\0\x14\0", "latin1"), header(central), u16(central.name.length));
    directory.push(Buffer.alloc(10), u16(entry.unixMode ?? 0), u32(central.localHeaderOffset), central.name);
  }
  add(zip.beforeDirectory ?? Buffer.alloc(0));
  const records = Buffer.concat([...directory, zip.directoryTail ?? Buffer.alloc(0)]);
  const directoryOffset = zip.directoryOffset ?? length;
  add(records, zip.afterDirectory ?? Buffer.alloc(0));
  const comment = zip.comment ?? Buffer.alloc(0);
  const count = u16(zip.entryCount ?? entries.length);
  add(Buffer.from("PK\x05\x06", "latin1"), u16(zip.disk ?? 0), u16(0), count, count);
  add(u32(zip.directoryBytes ?? records.length), u32(directoryOffset), u16(comment.length), comment);
  return Buffer.concat(parts);
}

function header(
  fields: Required<Pick<Distortion, "flags" | "method" | "crc32" | "compressedBytes" | "uncompressedBytes">>,
) {
  const { flags, method, crc32: crc, compressedBytes, uncompressedBytes } = fields;
  return Buffer.concat([u16(flags), u16(method), u32(0), u32(crc), u32(compressedBytes), u32(uncompressedBytes)]);
}

/** A source that counts what is read of it, and keeps to its contract: what it gave is gone with the next call. */
export function createCountedSource(
  bytes: Uint8Array,
): ByteSource & { readonly work: { reads: number; bytes: number } } {
  const work = { reads: 0, bytes: 0 };
  let given = Buffer.alloc(0);
  return {
    work,
    size: bytes.length,
    read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > bytes.length)
        return Promise.reject(new RangeError("beyond the end"));
      work.reads += 1;
      work.bytes += length;
      given.fill(0xee);
      given = Buffer.from(bytes.subarray(offset, offset + length));
      return Promise.resolve(given);
    },
  };
}
