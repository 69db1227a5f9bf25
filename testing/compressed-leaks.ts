import { constants, inflateRawSync, inflateSync } from "node:zlib";
import { findLeaks } from "./leak-detector.ts";

const maxOutputLength = 16 * 1024 * 1024;
/** A capture may end amid a stream: what can be read of it is. */
const tolerant = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength };

/** Where the deflate stream of a gzip member begins (RFC 1952 §2.3): behind the optional fields that its flags name. */
function afterGzipHead(bytes: Buffer): number {
  const flags = bytes[3] ?? 0;
  let at = 10;
  if (flags & 4) at += 2 + bytes.readUInt16LE(at);
  for (const text of [8, 16]) if (flags & text) at = bytes.indexOf(0, at) + 1;
  return flags & 2 ? at + 2 : at;
}

const heads: readonly { readonly magic: readonly number[]; readonly read: (bytes: Buffer) => Uint8Array }[] = [
  // Not by gunzip: what follows the stream in a capture is none of its business.
  { magic: [0x1f, 0x8b, 0x08], read: (bytes) => inflateRawSync(bytes.subarray(afterGzipHead(bytes)), tolerant) },
  ...[0x01, 0x5e, 0x9c, 0xda].map((level) => ({
    magic: [0x78, level],
    read: (bytes: Buffer) => inflateSync(bytes, tolerant),
  })),
];

/** What stands in gzip and zlib streams (`Content-Encoding: gzip`, `deflate`) wherever one begins in these bytes. */
export function inflatedParts(bytes: Uint8Array): readonly Uint8Array[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  for (const { magic, read } of heads) {
    for (let at = view.indexOf(Buffer.from(magic)); at !== -1; at = view.indexOf(Buffer.from(magic), at + 1)) {
      try {
        parts.push(read(view.subarray(at)));
      } catch {
        // Not every byte pair that looks like a head is one.
      }
    }
  }
  return parts;
}

/** As `findLeaks`, also in what is compressed: those forms are `… in a compressed part`. */
export function findLeaksDeeply(haystack: Uint8Array, value: string): string[] {
  const inside = findLeaks(Buffer.concat(inflatedParts(haystack)), value);
  return [...findLeaks(haystack, value), ...inside.map((form) => `${form} in a compressed part`)];
}
