/** SHA-256, handed in: this entry knows no cryptographic library. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

/** `a ∥ b ∥ …` */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Equal length and content. The time taken depends on the length alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (byte < 16 ? "0" : "") + byte.toString(16);
  return text;
}

/** Bytes of lower- or upper-case hexadecimal; null where the text is anything else. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}

function writeUint(value: number, length: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * length)) {
    throw new TypeError(`not an unsigned ${8 * length}-bit integer`);
  }
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let index = length - 1; index >= 0; index -= 1) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/** Unsigned big-endian integers. A value out of range is a TypeError. */
export const u8 = (value: number): Uint8Array => writeUint(value, 1);
export const u16 = (value: number): Uint8Array => writeUint(value, 2);
export const u32 = (value: number): Uint8Array => writeUint(value, 4);
export const u48 = (value: number): Uint8Array => writeUint(value, 6);

function readUint(bytes: Uint8Array, offset: number, length: number): number {
  if (offset < 0 || offset + length > bytes.length) throw new TypeError("read past the end");
  let value = 0;
  for (let index = offset; index < offset + length; index += 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
}

/** Reads at `offset`; past the end is a TypeError, so callers check the length first. */
export const readU16 = (bytes: Uint8Array, offset: number): number => readUint(bytes, offset, 2);
export const readU32 = (bytes: Uint8Array, offset: number): number => readUint(bytes, offset, 4);
export const readU48 = (bytes: Uint8Array, offset: number): number => readUint(bytes, offset, 6);
