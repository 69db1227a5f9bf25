import { createHash } from "node:crypto";
import type { Read } from "../problem.ts";
import type { ZipArchive, ZipEntry } from "../zip/zip-archive.ts";
import { isMachO, startBytes } from "./mach-o.ts";

/** A file of an app. */
export interface BundleFile {
  readonly entry: ZipEntry;
  /** Below the app's folder, in composed Unicode (NFC). */
  readonly path: string;
  readonly sha256: Uint8Array;
  readonly isMachO: boolean;
}

/** Digests every file below `root` but `executable`, which is far larger than the rest and judged by its pages. Holds 32 bytes of each file, and no content. */
export async function digestFiles(
  archive: ZipArchive,
  root: string,
  executable: ZipEntry,
): Promise<Read<readonly BundleFile[]>> {
  const files: BundleFile[] = [];
  for (const entry of archive.entries) {
    if (!entry.name.startsWith(root) || entry.name.endsWith("/") || entry === executable) continue;
    const hash = createHash("sha256");
    let start = new Uint8Array();
    const streamed = await archive.stream(entry, (piece) => {
      hash.update(piece);
      const missing = startBytes - start.length;
      if (missing > 0) start = new Uint8Array(Buffer.concat([start, piece.subarray(0, missing)]));
    });
    if (!streamed.ok) return streamed;
    const path = entry.name.slice(root.length).normalize("NFC");
    files.push({ entry, path, sha256: new Uint8Array(hash.digest()), isMachO: isMachO(start) });
  }
  return { ok: true, value: files };
}
