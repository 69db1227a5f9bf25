/** The bytes with one bit of the byte at `index` flipped. */
export function flip(bytes: Uint8Array, index: number, bit: number = index % 8): Uint8Array {
  const changed = bytes.slice();
  changed[index] = (changed[index] ?? 0) ^ (1 << bit);
  return changed;
}

/** Where `part` begins in `whole`. */
export function offsetOf(whole: Uint8Array, part: Uint8Array): number {
  return Buffer.from(whole).indexOf(part);
}
