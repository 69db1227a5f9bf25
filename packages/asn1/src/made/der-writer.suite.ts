/** A small DER writer for tests. It shares nothing with the reader it tests. */
export function der(tag: number | readonly number[], ...contents: readonly Uint8Array[]): Uint8Array {
  const value = Buffer.concat(contents);
  const identifier = typeof tag === "number" ? [tag] : tag;
  return new Uint8Array(Buffer.concat([Buffer.from(identifier), length(value.length), value]));
}

function length(count: number): Buffer {
  if (count < 0x80) return Buffer.of(count);
  return count < 0x100 ? Buffer.of(0x81, count) : Buffer.of(0x82, count >> 8, count & 0xff);
}

export const sequence = (...items: readonly Uint8Array[]) => der(0x30, ...items);
export const set = (...items: readonly Uint8Array[]) => der(0x31, ...items);
export const octets = (bytes: Uint8Array | string) => der(0x04, Buffer.from(bytes));
export const bits = (bytes: Uint8Array) => der(0x03, Buffer.of(0), bytes);
export const boolean = (value: boolean) => der(0x01, Buffer.of(value ? 0xff : 0));
export const enumerated = (value: number) => der(0x0a, Buffer.of(value));
export const none = () => der(0x05);
export const utf8 = (text: string) => der(0x0c, Buffer.from(text, "utf8"));

export function integer(value: number | bigint): Uint8Array {
  const hex = BigInt(value).toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return der(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

export function time(timeMs: number): Uint8Array {
  const text = new Date(timeMs).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  const year = Number(text.slice(0, 4));
  return year < 2050 && year >= 1950 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

/** An EXPLICIT context tag of any number. */
export function explicit(tagNumber: number, inner: Uint8Array): Uint8Array {
  return der(tagNumber < 31 ? 0xa0 | tagNumber : [0xbf, ...base128(tagNumber)], inner);
}

function base128(value: number): number[] {
  const groups = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) groups.unshift((rest & 0x7f) | 0x80);
  return groups;
}
