import { concat, utf8 } from "./bytes.ts";

/** Deterministic CBOR (RFC 8949 §4.2.1: shortest heads, definite lengths), writing only. Maps keep the order they are given. */

function head(major: number, argument: number): Uint8Array {
  const type = major << 5;
  if (argument < 24) return Uint8Array.of(type | argument);
  if (argument < 0x100) return Uint8Array.of(type | 24, argument);
  if (argument < 0x1_0000) return Uint8Array.of(type | 25, argument >> 8, argument & 0xff);
  const bytes = new Uint8Array(5);
  bytes[0] = type | 26;
  new DataView(bytes.buffer).setUint32(1, argument);
  return bytes;
}

/** An integer of at most 32 bits magnitude. */
export function cborInteger(value: number): Uint8Array {
  return value < 0 ? head(1, -1 - value) : head(0, value);
}

export function cborBytes(value: Uint8Array): Uint8Array {
  return concat(head(2, value.length), value);
}

export function cborText(value: string): Uint8Array {
  const bytes = utf8(value);
  return concat(head(3, bytes.length), bytes);
}

export function cborArray(...items: readonly Uint8Array[]): Uint8Array {
  return concat(head(4, items.length), ...items);
}

/** Keys and values, each already encoded. */
export function cborMap(...entries: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  return concat(head(5, entries.length), ...entries.flat());
}
