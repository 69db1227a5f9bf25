import { u32, u64 } from "./big-endian.ts";
import { type DigestName, digest } from "./digest.ts";

const MAGIC = 0xfade0c02;
const ADHOC = 0x2;
const algorithms: Readonly<Record<number, { readonly name: DigestName; readonly bytes: number }>> = {
  1: { name: "sha1", bytes: 20 },
  2: { name: "sha256", bytes: 32 },
  3: { name: "sha256", bytes: 20 },
  4: { name: "sha384", bytes: 48 },
};

/** What is signed of one slice: a digest for each page of code and for each thing that goes with it (cs_blobs.h). */
export interface CodeDirectory {
  /** The whole blob, which the signature is over. */
  readonly raw: Uint8Array;
  /** `0x20400`, say: the form it is written in. */
  readonly version: number;
  readonly digestName: DigestName;
  readonly digestBytes: number;
  readonly isAdhoc: boolean;
  readonly identifier: string;
  readonly teamId: string | null;
  /** Bytes of the slice from its beginning that pages cover. */
  readonly codeLimit: number;
  readonly pageBytes: number;
  /** One after the other; `digestBytes` each. */
  readonly pageDigests: Uint8Array;
  /** Digests of what goes with the code, by positive slot number; a slot of zeros is absent. */
  readonly slots: ReadonlyMap<number, Uint8Array>;
}

/** Reads a code directory; null where the structure is broken, or has a form that no iOS code has (scattered code, one endless page). */
export function parseCodeDirectory(blob: Uint8Array): CodeDirectory | null {
  const [magic, length, version, flags, hashOffset, identOffset, specialCount, codeCount, limit32] = Array.from(
    { length: 9 },
    (_, index) => u32(blob, 4 * index) ?? -1,
  ) as [number, number, number, number, number, number, number, number, number];
  const [hashBytes = 0, hashType = 0, , pageShift = 0] = blob.subarray(36, 40);
  const algorithm = algorithms[hashType];
  if (magic !== MAGIC || length !== blob.length || algorithm === undefined || algorithm.bytes !== hashBytes)
    return null;
  if (version < 0x20001 || version >> 16 !== 2 || pageShift < 12 || pageShift > 16) return null;
  const headerBytes = headerBytesOf(version);
  if (blob.length < headerBytes || (version >= 0x20100 && u32(blob, 44) !== 0)) return null;
  const limit64 = version >= 0x20300 ? u64(blob, 56) : 0;
  if (limit64 === null) return null;
  const codeLimit = limit64 === 0 ? limit32 : limit64;
  const pageBytes = 2 ** pageShift;
  const first = hashOffset - specialCount * hashBytes;
  const end = hashOffset + codeCount * hashBytes;
  if (specialCount > 64 || first < headerBytes || end > blob.length) return null;
  if (codeCount !== Math.ceil(codeLimit / pageBytes)) return null;
  const identifier = textAt(blob, identOffset, headerBytes);
  const teamOffset = version >= 0x20200 ? (u32(blob, 48) ?? 0) : 0;
  const teamId = teamOffset === 0 ? null : textAt(blob, teamOffset, headerBytes);
  if (identifier === null || (teamOffset !== 0 && teamId === null)) return null;
  const slots = new Map<number, Uint8Array>();
  for (let slot = 1; slot <= specialCount; slot += 1) {
    const value = blob.subarray(hashOffset - slot * hashBytes, hashOffset - (slot - 1) * hashBytes);
    if (value.some((byte) => byte !== 0)) slots.set(slot, value);
  }
  return {
    raw: blob,
    version,
    digestName: algorithm.name,
    digestBytes: hashBytes,
    isAdhoc: (flags & ADHOC) !== 0,
    identifier,
    teamId,
    codeLimit,
    pageBytes,
    pageDigests: blob.subarray(hashOffset, end),
    slots,
  };
}

/** The digest of `bytes` as this directory has digests. */
export function slotDigest({ digestName, digestBytes }: CodeDirectory, bytes: Uint8Array): Uint8Array {
  return digest(digestName, bytes).subarray(0, digestBytes);
}

/** The directory's own digest: what the signature's attributes name. */
export function codeDirectoryHash(directory: CodeDirectory): Uint8Array {
  return digest(directory.digestName, directory.raw).subarray(0, 20);
}

function headerBytesOf(version: number): number {
  if (version >= 0x20500) return 96;
  if (version >= 0x20400) return 88;
  if (version >= 0x20300) return 64;
  if (version >= 0x20200) return 52;
  return version >= 0x20100 ? 48 : 44;
}

/** Text of plain ASCII up to its NUL, at most 1024 characters. */
function textAt(blob: Uint8Array, offset: number, headerBytes: number): string | null {
  if (offset < headerBytes || offset >= blob.length) return null;
  const end = blob.indexOf(0, offset);
  if (end < 0 || end - offset > 1024) return null;
  const text = Buffer.from(blob.subarray(offset, end)).toString("latin1");
  return /^[\x21-\x7e]+$/.test(text) ? text : null;
}
