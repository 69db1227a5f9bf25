import { isUtf8 } from "node:buffer";
import type { Compression } from "../unpack.ts";

/** What a file is, by its first bytes; names are believed only where bytes say nothing. `packed`: compressed or archived in a form that nothing here reads. */
export type Format =
  | "zip"
  | Compression
  | "packed"
  | "dex"
  | "hermes"
  | "android-xml"
  | "android-resources"
  | "binary-plist"
  | "mach-o"
  | "source-map"
  | "text"
  | "bytes"
  | "media";

const hermesMagic = Buffer.from("c61fbc03c103191f", "hex");
const machMagics = new Set([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe]);
const media =
  /\.(?:png|jpe?g|gif|webp|bmp|ico|icns|heic|avif|tiff?|car|ttf|otf|woff2?|eot|mp3|mp4|m4a|m4v|aac|wav|ogg|opus|webm|mov|flac|pdf|tflite|onnx|nib|storyboardc|mom|omo)$/i;
const mediaMagics = [
  "89504e47",
  "47494638",
  "52494646",
  "774f4632",
  "774f4646",
  "4f676753",
  "25504446",
  "00010000",
  "4f54544f",
];

/** 7z, xz, bzip2, RAR, lz4, cabinets, xar (`.pkg`), LZFSE and pbzx, compress. */
const packedMagics = [
  "377abcaf271c",
  "fd377a585a00",
  "526172211a07",
  "04224d18",
  "4d534346",
  "78617221",
  "62767832",
  "70627a78",
  "1f9d",
];
const packedNames = /\.(?:7z|xz|bz2|tbz2?|txz|rar|lz4|lzma|cab|lzfse)$/i;

/** @param head the first bytes of the file, 8 KiB or all of it. */
export function sniffFormat(head: Buffer, name: string): Format {
  if (head.length >= 4 && head.readUInt32BE(0) === 0x504b0304) return "zip";
  if (head.length >= 4 && head.readUInt32BE(0) === 0x504b0506) return "zip";
  const compression = compressionOf(head);
  if (compression !== null) return compression;
  if (head.subarray(0, 4).equals(Buffer.from("dex\n"))) return "dex";
  if (head.subarray(0, 8).equals(hermesMagic)) return "hermes";
  if (head.subarray(0, 8).equals(Buffer.from("bplist00"))) return "binary-plist";
  if (head.length >= 8 && isMachO(head)) return "mach-o";
  if (head.length >= 8 && head.readUInt32LE(0) === 0x00080003) return "android-xml";
  if (head.length >= 12 && head.readUInt32LE(0) === 0x000c0002) return "android-resources";
  // Brotli has no magic: its name is all there is.
  if (/\.br$/i.test(name) && !(isText(head) && isUtf8(head))) return "brotli";
  if (!isText(head)) {
    if (packedNames.test(name)) return "packed";
    const hex = head.subarray(0, 4).toString("hex");
    return mediaMagics.includes(hex) || hex.startsWith("ffd8ff") || media.test(name) ? "media" : "bytes";
  }
  return /\.map$/i.test(name) ? "source-map" : "text";
}

function compressionOf(head: Buffer): Compression | "packed" | null {
  const hex = head.subarray(0, 10).toString("hex");
  if (hex.startsWith("1f8b08")) return "gzip";
  if (hex.startsWith("28b52ffd")) return "zstd";
  if (packedMagics.some((magic) => hex.startsWith(magic))) return isText(head) ? null : "packed";
  return /^425a683[1-9]314159265359/.test(hex) ? "packed" : null;
}

/** A fat file's magic is a Java class's too; the number after it is a count of architectures here, a version of 45 or more there. */
function isMachO(head: Buffer): boolean {
  const magic = head.readUInt32BE(0);
  return machMagics.has(magic) || ((magic === 0xcafebabe || magic === 0xcafebabf) && head.readUInt32BE(4) < 40);
}

function isText(head: Buffer): boolean {
  if (head.length >= 2 && (head.readUInt16BE(0) === 0xfffe || head.readUInt16BE(0) === 0xfeff)) return true;
  if (head.includes(0)) return false;
  let controls = 0;
  for (const byte of head) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) controls += 1;
  return controls * 50 <= head.length;
}
