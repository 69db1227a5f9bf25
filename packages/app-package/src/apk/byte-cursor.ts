/** Reads little-endian fields one after the other; null where the bytes do not suffice, and nothing is then read. */
export interface ByteCursor {
  /** Bytes not yet read. */
  left(): number;
  u8(): number | null;
  u32(): number | null;
  /** The next `length` bytes, as a view. */
  bytes(length: number): Uint8Array | null;
  /** A field that its length precedes, as 32 bits. A length of 2^31 or more is negative to Android, and is refused. */
  prefixed(): Uint8Array | null;
}

/** A cursor at the beginning of `bytes`. */
export function createCursor(bytes: Uint8Array): ByteCursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const left = (): number => bytes.length - at;
  const take = (length: number): Uint8Array | null => {
    if (length > left()) return null;
    at += length;
    return bytes.subarray(at - length, at);
  };
  return {
    left,
    bytes: take,
    u8: () => take(1)?.[0] ?? null,
    u32() {
      if (left() < 4) return null;
      at += 4;
      return view.getUint32(at - 4, true);
    },
    prefixed() {
      if (left() < 4) return null;
      const length = view.getUint32(at, true);
      if (length >= 0x80000000 || length > left() - 4) return null;
      at += 4;
      return take(length);
    },
  };
}

// No signer has more signatures, certificates or attributes; a field takes four bytes of a block, and many more in memory.
const maximumFields = 1000;

/** Every field of a sequence in which lengths precede; null where one is cut off, or there are more than 1000. */
export function parsePrefixedSequence(bytes: Uint8Array): readonly Uint8Array[] | null {
  const cursor = createCursor(bytes);
  const fields: Uint8Array[] = [];
  while (cursor.left() > 0) {
    const field = cursor.prefixed();
    if (field === null || fields.length === maximumFields) return null;
    fields.push(field);
  }
  return fields;
}
