/** The end record and the longest comment after it (APPNOTE 4.3.16). */
export const TAIL = 65_557;

const RECORD = 22;

/** Where an archive's parts lie, told by its end record. */
export interface ZipTail {
  /** Bytes that stand before the archive, and that its offsets do not count: a program that unpacks it, or anything. */
  readonly before: number;
}

/**
 * Looks for an archive's end record in the last bytes of a file, as whatever opens archives does, whatever the file begins with. Null where there is none that
 * has a directory.
 *
 * @param tail the last bytes, `TAIL` or all of them.
 */
export function findZipTail(tail: Buffer, fileBytes: number): ZipTail | null {
  for (let at = tail.length - RECORD; at >= 0; at -= 1) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== 0x06054b50) continue;
    if (at + RECORD + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const [count, size, offset] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
    if (offset === 0xffffffff || size === 0xffffffff) return { before: 0 };
    const before = fileBytes - tail.length + at - size - offset;
    if (before >= 0 && (count > 0 || fileBytes === RECORD)) return { before };
  }
  return null;
}

/** Keeps the last bytes of what passes, so that an archive at the end is seen. */
export function createTailWatch() {
  let tail: Buffer = Buffer.alloc(0);
  let total = 0;
  return {
    pass(part: Buffer): void {
      total += part.length;
      tail = part.length >= TAIL ? Buffer.from(part.subarray(-TAIL)) : Buffer.concat([tail, part]).subarray(-TAIL);
    },
    find: (): ZipTail | null => findZipTail(tail, total),
  };
}
