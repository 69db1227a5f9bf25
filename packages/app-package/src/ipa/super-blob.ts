import { u32 } from "./big-endian.ts";

const MAGIC = 0xfade0cc0;
const MOST_BLOBS = 64;

/** Numbers of what a signature holds (cs_blobs.h). */
export const blobSlot = {
  codeDirectory: 0,
  infoPlist: 1,
  requirements: 2,
  resources: 3,
  entitlements: 5,
  entitlementsDer: 7,
  alternateDirectories: 0x1000,
  signature: 0x10000,
} as const;

/**
 * The blobs of an embedded signature by slot, each with its own magic number and length, none sharing bytes with another. Null where the
 * structure is broken, or a slot stands twice.
 */
export function parseSuperBlob(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> | null {
  const length = u32(bytes, 4) ?? 0;
  const count = u32(bytes, 8) ?? 0;
  if (u32(bytes, 0) !== MAGIC || length > bytes.length || count < 1 || count > MOST_BLOBS) return null;
  const whole = bytes.subarray(0, length);
  const places: { slot: number; offset: number; end: number }[] = [];
  for (let index = 0; index < count; index += 1) {
    const slot = u32(whole, 12 + 8 * index);
    const offset = u32(whole, 16 + 8 * index);
    const blobLength = offset === null ? null : u32(whole, offset + 4);
    if (slot === null || offset === null || blobLength === null || blobLength < 8) return null;
    if (offset < 12 + 8 * count || offset + blobLength > length) return null;
    places.push({ slot, offset, end: offset + blobLength });
  }
  const inOrder = places.toSorted((left, right) => left.offset - right.offset);
  if (inOrder.some(({ offset }, index) => offset < (inOrder[index - 1]?.end ?? 0))) return null;
  const blobs = new Map(places.map(({ slot, offset, end }) => [slot, whole.subarray(offset, end)]));
  return blobs.size === places.length ? blobs : null;
}

/** The contents of a blob of this magic number; null where it is another. */
export function blobContents(blob: Uint8Array | undefined, magic: number): Uint8Array | null {
  return blob !== undefined && u32(blob, 0) === magic ? blob.subarray(8) : null;
}
