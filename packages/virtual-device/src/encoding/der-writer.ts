import { concat, utf8 } from "./bytes.ts";

/** DER (X.690) writing only. Each function returns one complete tag-length-value. */

function length(count: number): Uint8Array {
  if (count < 0x80) return Uint8Array.of(count);
  const bytes: number[] = [];
  for (let rest = count; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

function tlv(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concat(...content);
  return concat(Uint8Array.of(tag), length(body.length), body);
}

/** Base-128 with continuation bits, as in object identifiers and high tag numbers. */
function base128(value: number): number[] {
  const groups = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) groups.unshift(0x80 | (rest % 128));
  return groups;
}

export function sequence(...content: readonly Uint8Array[]): Uint8Array {
  return tlv(0x30, ...content);
}

/** SET OF: elements stand in ascending order of their encodings (X.690 §11.6). */
export function setOf(...content: readonly Uint8Array[]): Uint8Array {
  return tlv(0x31, ...[...content].sort((left, right) => Buffer.compare(left, right)));
}

/** A SET whose elements keep the order they are given: BER allows it, and Apple's receipts are so. */
export function setInOrder(...content: readonly Uint8Array[]): Uint8Array {
  return tlv(0x31, ...content);
}

/** A non-negative INTEGER, from a number, a bigint or unsigned big-endian bytes. */
export function integer(value: number | bigint | Uint8Array): Uint8Array {
  return tlv(0x02, integerContent(value));
}

function integerContent(value: number | bigint | Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) {
    const start = value.findIndex((byte) => byte !== 0);
    const trimmed = start === -1 ? Uint8Array.of(0) : value.subarray(start);
    return (trimmed[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), trimmed) : trimmed;
  }
  if (value < 0) throw new TypeError("negative integers are not written here");
  const text = value.toString(16);
  return integerContent(new Uint8Array(Buffer.from(text.length % 2 === 0 ? text : `0${text}`, "hex")));
}

export function enumerated(value: number): Uint8Array {
  return tlv(0x0a, integerContent(value));
}

export function boolean(value: boolean): Uint8Array {
  return tlv(0x01, Uint8Array.of(value ? 0xff : 0x00));
}

export function nothing(): Uint8Array {
  return tlv(0x05);
}

export function octets(value: Uint8Array): Uint8Array {
  return tlv(0x04, value);
}

/** A BIT STRING with `unused` bits at its end. */
export function bits(value: Uint8Array, unused = 0): Uint8Array {
  return tlv(0x03, Uint8Array.of(unused), value);
}

export function utf8Text(value: string): Uint8Array {
  return tlv(0x0c, utf8(value));
}

export function printableText(value: string): Uint8Array {
  return tlv(0x13, utf8(value));
}

export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tlv(0x06, Uint8Array.from([...base128(first * 40 + second), ...rest.flatMap(base128)]));
}

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5); whole seconds. */
export function time(atMs: number): Uint8Array {
  const digits = new Date(atMs).toISOString().replace(/[-:T]|\.\d+/g, "");
  return Number(digits.slice(0, 4)) < 2050 ? tlv(0x17, utf8(digits.slice(2))) : tlv(0x18, utf8(digits));
}

/** An explicit context tag, in high-tag-number form from 31 on. */
export function explicit(tag: number, content: Uint8Array): Uint8Array {
  if (tag < 31) return tlv(0xa0 | tag, content);
  return concat(Uint8Array.of(0xbf, ...base128(tag)), length(content.length), content);
}

/** An implicit primitive context tag over bytes. */
export function implicit(tag: number, value: Uint8Array): Uint8Array {
  return tlv(0x80 | tag, value);
}

/** An implicit constructed context tag. */
export function implicitConstructed(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  return tlv(0xa0 | tag, ...content);
}
