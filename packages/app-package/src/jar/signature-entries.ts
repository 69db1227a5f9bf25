import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive, ZipEntry } from "../zip/zip-archive.ts";
import type { ProblemList } from "./problem-list.ts";

export const manifestName = "META-INF/MANIFEST.MF";

/** A signature block and the signature file beside it. */
export interface SignaturePair {
  /** File name of the block below `META-INF/`. */
  readonly name: string;
  readonly block: ZipEntry;
  readonly file: ZipEntry;
}

/**
 * The signature blocks of an archive in the order of its central directory, each with its signature file; letters count as they are written.
 * A block without a file is ignored, as Android and `jarsigner` do, and said.
 */
export function findSignatures(zip: ZipArchive, warnings: ProblemList): readonly SignaturePair[] {
  const pairs: SignaturePair[] = [];
  for (const block of zip.entries) {
    if (!block.name.startsWith("META-INF/") || !/\.(?:RSA|DSA|EC)$/.test(block.name)) continue;
    const file = zip.find(`${block.name.slice(0, block.name.lastIndexOf("."))}.SF`);
    if (file === undefined) warnings.add("jar_signature_file_missing", quoteName(block.name));
    else pairs.push({ name: block.name.slice("META-INF/".length), block, file });
  }
  return pairs;
}
