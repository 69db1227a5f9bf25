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
  const compressed = await source.read(dataOffset, entry.compressedBytes);
  try {
    // One byte more than stated, so that an entry of length nought has a limit too; `give` refuses it.
    const { buffer, engine } = inflateRawSync(compressed, {
      maxOutputLength: entry.uncompressedBytes + 1,
      info: true,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    return engine.bytesWritten === entry.compressedBytes && give(buffer);
  } catch {
    return false;
  }
}

async function inflate(source: ByteSource, entry: ZipEntry, dataOffset: number, give: Give): Promise<boolean> {
  const inflater = createInflateRaw({ chunkSize: 256 * 1024 });
  let good = true;
  inflater.on("error", () => {
    good = false;
  });
  inflater.on("data", (piece: Buffer) => {
    if (good && !give(piece)) good = false;
  });
  const ended = new Promise<void>((resolve) => inflater.once("close", resolve));
  for (let done = 0; good && done < entry.compressedBytes; done += pieceBytes) {
    const piece = await source.read(dataOffset + done, Math.min(pieceBytes, entry.compressedBytes - done));
    await new Promise<void>((resolve) => {
      inflater.once("close", resolve);
      inflater.write(piece, () => {
        inflater.off("close", resolve);
        resolve();
      });
    });
  }
  if (good) inflater.end();
  else inflater.destroy();
  await ended;
  return good && inflater.bytesWritten === entry.compressedBytes;
}
