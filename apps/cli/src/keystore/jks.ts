import type { KeyEntry } from "./key-entry.ts";

const MAGIC = 0xfeedfeed;

/** True where the bytes begin as a Java keystore of the old kind does. */
export function isJks(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && viewOf(bytes).getUint32(0) === MAGIC;
}

/**
 * The keys of a Java keystore (JKS, versions 1 and 2). Certificates stand in it unencrypted: no password is needed to read who signs, and none is
 * asked for. Private keys are stepped over. Null where the file is cut off or holds anything else.
 */
export function parseJks(bytes: Uint8Array): readonly KeyEntry[] | null {
  try {
    return readEntries(new Cursor(bytes));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readEntries(cursor: Cursor): readonly KeyEntry[] | null {
  const isKnown = cursor.u32() === MAGIC;
  const version = cursor.u32();
  if (!isKnown || (version !== 1 && version !== 2)) return null;
  const entries: KeyEntry[] = [];
  const count = cursor.u32();
  for (let index = 0; index < count; index += 1) {
    const tag = cursor.u32();
    const alias = cursor.text();
    cursor.skip(8);
    if (tag === 1) {
      cursor.skip(cursor.u32());
      const chainLength = cursor.u32();
      for (let link = 0; link < chainLength; link += 1) {
        const certificate = readCertificate(cursor, version);
        if (link === 0) entries.push({ alias, certificate });
      }
    } else if (tag === 2) {
      readCertificate(cursor, version);
    } else {
      return null;
    }
  }
  // What is left is the store's SHA-1 under its password.
  return cursor.left === 20 ? entries : null;
}

function readCertificate(cursor: Cursor, version: number): Uint8Array {
  if (version === 2) cursor.text();
  return cursor.bytes(cursor.u32());
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads onwards; a RangeError where the bytes end. */
class Cursor {
  private readonly whole: Uint8Array;
  private next = 0;

  constructor(whole: Uint8Array) {
    this.whole = whole;
  }

  get left(): number {
    return this.whole.length - this.next;
  }

  u32(): number {
    return viewOf(this.bytes(4)).getUint32(0);
  }

  text(): string {
    return Buffer.from(this.bytes(viewOf(this.bytes(2)).getUint16(0))).toString("utf8");
  }

  skip(count: number): void {
    if (count > this.left) throw new RangeError("the keystore ends early");
    this.next += count;
  }

  bytes(count: number): Uint8Array {
    const start = this.next;
    this.skip(count);
    return this.whole.subarray(start, start + count);
  }
}
