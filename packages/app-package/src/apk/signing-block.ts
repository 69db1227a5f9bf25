import type { PackageProblem, Read } from "../problem.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { ZipEnd } from "../zip/end-of-central-directory.ts";

/** The APK Signing Block, with the blocks of the signature schemes that were found in it. */
export interface SigningBlock {
  readonly offset: number;
  /** By identifier; the first of each, which is the one that Android takes. */
  readonly blocks: ReadonlyMap<number, Uint8Array>;
}

/** Identifiers of the blocks (https://source.android.com/docs/security/features/apksigning/v2, v3, v3-1, v3-2). */
export const schemeBlock = { v2: 0x7109871a, v3: 0xf05368c0, v31: 0x1b93ad61, v32: 0x70e1c89f } as const;

/** A store's statement that the package came from it (apksig, `SourceStampConstants`). */
export const sourceStampBlock = 0x6dff800d;

const known: ReadonlySet<number> = new Set([...Object.values(schemeBlock), sourceStampBlock]);
const footerBytes = 24;
const maximumBytes = 16 * 1024 * 1024;
const magic = Buffer.from("APK Sig Block 42", "latin1");

/**
 * Finds the APK Signing Block right before the central directory (APK Signature Scheme v2, "APK Signing Block"); null where there is
 * none as Android looks for it: a block of other sizes, or a directory that the end record does not follow, is no block to it. One
 * larger than 16 MiB is refused and not passed over: a phone would read it.
 */
export async function readSigningBlock(source: ByteSource, end: ZipEnd): Promise<Read<SigningBlock | null>> {
  const directoryOffset = end.directoryOffset;
  if (directoryOffset + end.directoryBytes !== end.endOffset || directoryOffset < footerBytes + 8)
    return { ok: true, value: null };
  const footer = Buffer.from(await source.read(directoryOffset - footerBytes, footerBytes));
  if (!footer.subarray(8).equals(magic)) return { ok: true, value: null };
  const size = footer.readBigUInt64LE(0);
  if (size < footerBytes || size > directoryOffset - 8) return { ok: true, value: null };
  const offset = directoryOffset - Number(size) - 8;
  const header = Buffer.from(await source.read(offset, 8));
  if (header.readBigUInt64LE(0) !== size) return { ok: true, value: null };
  if (size > maximumBytes) return refuse("apk_signing_block", `the APK Signing Block has ${size} bytes`);

  const pairs = Buffer.from(await source.read(offset + 8, Number(size) - footerBytes));
  return { ok: true, value: { offset, blocks: parsePairs(pairs) } };
}

/** Identifier and value of each pair, up to the first that is out of form: what follows it, Android does not find. */
function parsePairs(pairs: Buffer): ReadonlyMap<number, Uint8Array> {
  const blocks = new Map<number, Uint8Array>();
  for (let at = 0; at + 8 <= pairs.length; ) {
    const length = pairs.readBigUInt64LE(at);
    if (length < 4n || length > pairs.length - at - 8) break;
    const id = pairs.readUInt32LE(at + 8);
    const next = at + 8 + Number(length);
    if (known.has(id) && !blocks.has(id)) blocks.set(id, pairs.subarray(at + 12, next));
    at = next;
  }
  return blocks;
}

function refuse(code: PackageProblem["code"], detail: string): Read<never> {
  return { ok: false, problem: { code, detail } };
}
