import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import type { Read } from "../problem.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { quoteName } from "./entry-name.ts";
import type { ZipEntry } from "./zip-archive.ts";

const pieceBytes = 1024 * 1024;

/**
 * Gives an entry's content piece by piece and checks its length and CRC; deflated content ends where the entry ends. What one call holds
 * is at most 2 MiB. Never more than the stated length is given, however much the content would grow.
 */
export async function streamContent(
  source: ByteSource,
  entry: ZipEntry,
  dataOffset: number,
  onPiece: (piece: Uint8Array) => void,
): Promise<Read<null>> {
  let length = 0;
  let crc = 0;
  const give = (piece: Uint8Array): boolean => {
    length += piece.length;
    if (length > entry.uncompressedBytes) return false;
    crc = crc32(piece, crc);
    onPiece(piece);
    return true;
  };
  const whole =
    entry.method === "stored"
      ? await copy(source, entry, dataOffset, give)
      : entry.compressedBytes <= pieceBytes && entry.uncompressedBytes <= pieceBytes
        ? await inflateAtOnce(source, entry, dataOffset, give)
        : await inflate(source, entry, dataOffset, give);
  if (!whole || length !== entry.uncompressedBytes) return damaged(entry, "does not have the length it states");
  return crc === entry.crc32 ? { ok: true, value: null } : damaged(entry, "does not have the CRC it states");
}

/** A problem with an entry's content. */
export function damaged(entry: ZipEntry, detail: string): Read<never> {
  return { ok: false, problem: { code: "zip_entry_damaged", detail: `${quoteName(entry.name)} ${detail}` } };
}

type Give = (piece: Uint8Array) => boolean;

async function copy(source: ByteSource, entry: ZipEntry, dataOffset: number, give: Give): Promise<boolean> {
  for (let done = 0; done < entry.compressedBytes; done += pieceBytes) {
    if (!give(await source.read(dataOffset + done, Math.min(pieceBytes, entry.compressedBytes - done)))) return false;
  }
  return true;
}

async function inflateAtOnce(source: ByteSource, entry: ZipEntry, dataOffset: number, give: Give): Promise<boolean> {
  const inflated = inflateWhole(await source.read(dataOffset, entry.compressedBytes), entry.uncompressedBytes);
  return inflated !== null && inflated.engine.bytesWritten === entry.compressedBytes && give(inflated.buffer);
}

function inflateWhole(compressed: Uint8Array, length: number) {
  try {
    // One byte more than stated, so that an entry of length nought has a limit too; `give` refuses it.
    const options = { maxOutputLength: length + 1, info: true };
    return inflateRawSync(compressed, options) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
  } catch {
    return null;
  }
}

async function inflate(source: ByteSource, entry: ZipEntry, dataOffset: number, give: Give): Promise<boolean> {
  const inflater = createInflateRaw({ chunkSize: 256 * 1024 });
  let good = true;
  let thrown: { readonly error: unknown } | null = null;
  inflater.on("error", () => {
    good = false;
  });
  inflater.on("data", (piece: Buffer) => {
    try {
      good &&= give(piece);
    } catch (error) {
      thrown = { error };
      good = false;
    }
    // At once: what was written already could unfold to a thousand times as much.
    if (!good) inflater.destroy();
  });
  const ended = new Promise<void>((resolve) => inflater.once("close", resolve));
  try {
    for (let done = 0; good && done < entry.compressedBytes; done += pieceBytes) {
      const piece = await source.read(dataOffset + done, Math.min(pieceBytes, entry.compressedBytes - done));
      const written = new Promise<void>((resolve) => inflater.write(piece, () => resolve()));
      await Promise.race([written, ended]);
    }
    if (good) inflater.end();
  } finally {
    if (!inflater.writableEnded) inflater.destroy();
  }
  await ended;
  if (thrown !== null) throw (thrown as { readonly error: unknown }).error;
  return good && inflater.bytesWritten === entry.compressedBytes;
}
