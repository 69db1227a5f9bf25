import { pipeline, Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createZstdDecompress } from "node:zlib";

/** A file that is one stream, compressed. */
export type Compression = "gzip" | "brotli" | "zstd";

const decoders = { gzip: createGunzip, brotli: createBrotliDecompress, zstd: createZstdDecompress } as const;

/** What the bytes hold, as it comes; throws what zlib throws where they are damaged, end early, or go on behind the end. */
export function unpack(bytes: AsyncIterable<Buffer>, compression: Compression): AsyncIterable<Buffer> {
  const decoder = decoders[compression]();
  pipeline(Readable.from(bytes), decoder, () => undefined);
  return decoder;
}

/** The name of what is inside: without its ending, and a `.tgz` is a `.tar`. */
export function toUnpackedName(path: string): string {
  const name = path.split("/").at(-1) ?? path;
  return name.replace(/\.tgz$/i, ".tar").replace(/\.(?:gz|gzip|br|zst|zstd)$/i, "");
}
