import type { Read } from "../problem.ts";

/** One entry as the central directory has it; its local header was found to agree. */
export interface ZipEntry {
  /** Bytes of the name as text: UTF-8, else refused. */
  readonly name: string;
  readonly method: "stored" | "deflated";
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
  readonly crc32: number;
  readonly localHeaderOffset: number;
  /** File type and permissions as Unix has them (upper 16 bits of the external attributes); 0 where the archive does not tell. */
  readonly unixMode: number;
}

/** A ZIP archive that has one meaning. */
export interface ZipArchive {
  /** In the order of the central directory. */
  readonly entries: readonly ZipEntry[];
  /** The entry of exactly this name. */
  find(name: string): ZipEntry | undefined;
  /** The whole entry, length and CRC checked; refused where it is larger than `maximumBytes`. */
  read(entry: ZipEntry, maximumBytes: number): Promise<Read<Uint8Array>>;
  /** The entry piece by piece in bounded memory; ends with the problem, or with null after the last piece where length and CRC held. */
  stream(entry: ZipEntry, onPiece: (piece: Uint8Array) => void): Promise<Read<null>>;
}
