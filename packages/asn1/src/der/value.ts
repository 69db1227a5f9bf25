import { toHex } from "../bytes.ts";
import { type DerElement, derTag, isUniversal } from "./element.ts";

const fatalUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** An INTEGER (or the integer type named) in its minimal two's complement form, else null. At most 64 bytes. */
export function toInteger(element: DerElement | undefined, tagNumber: number = derTag.integer): bigint | null {
  const bytes = primitive(element, tagNumber);
  if (bytes === null || bytes.length === 0 || bytes.length > 64) return null;
  const first = bytes[0] ?? 0;
  const second = bytes[1];
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) return null;
  const magnitude = BigInt(`0x${toHex(bytes)}`);
  return first >= 0x80 ? magnitude - (1n << BigInt(8 * bytes.length)) : magnitude;
}

/** An OCTET STRING's bytes, else null. */
export function toOctets(element: DerElement | undefined): Uint8Array | null {
  return primitive(element, derTag.octetString);
}

/** A BIT STRING of whole octets, without its count of unused bits, else null. */
export function toBits(element: DerElement | undefined): Uint8Array | null {
  const bytes = primitive(element, derTag.bitString);
  return bytes !== null && bytes[0] === 0 ? bytes.subarray(1) : null;
}

/** A BOOLEAN. TRUE is 0xFF in DER; 0x01 is read too, because key descriptions of real devices have it. Else null. */
export function toBoolean(element: DerElement | undefined): boolean | null {
  const bytes = primitive(element, derTag.boolean);
  if (bytes?.length !== 1) return null;
  if (bytes[0] === 0) return false;
  return bytes[0] === 0xff || bytes[0] === 0x01 ? true : null;
}

/** An OBJECT IDENTIFIER in dotted form, else null. Arcs are at most 2^49, in their minimal form. */
export function toOid(element: DerElement | undefined): string | null {
  const bytes = primitive(element, derTag.oid);
  if (bytes === null || bytes.length === 0 || bytes.length > 32) return null;
  let text = "";
  let arc = 0;
  let groups = 0;
  for (const byte of bytes) {
    if ((groups === 0 && byte === 0x80) || groups === 7) return null;
    arc = arc * 128 + (byte & 0x7f);
    groups += 1;
    if (byte >= 0x80) continue;
    if (text !== "") text += `.${arc}`;
    else text = arc < 80 ? `${Math.floor(arc / 40)}.${arc % 40}` : `2.${arc - 80}`;
    arc = 0;
    groups = 0;
  }
  return groups === 0 ? text : null;
}

/** A UTCTime or GeneralizedTime in the form certificates must use (RFC 5280 §4.1.2.5), as epoch milliseconds, else null. */
export function toTimeMs(element: DerElement | undefined): number | null {
  if (element === undefined || element.constructed) return null;
  const isUtcTime = isUniversal(element, derTag.utcTime);
  if (!isUtcTime && !isUniversal(element, derTag.generalizedTime)) return null;
  const text = element.value;
  const yearDigits = isUtcTime ? 2 : 4;
  if (text.length !== yearDigits + 11 || text[yearDigits + 10] !== 0x5a) return null;
  const written = digits(text, 0, yearDigits);
  const year = isUtcTime ? written + (written < 50 ? 2000 : 1900) : written;
  const month = digits(text, yearDigits, 2);
  const day = digits(text, yearDigits + 2, 2);
  const hour = digits(text, yearDigits + 4, 2);
  const minute = digits(text, yearDigits + 6, 2);
  const second = digits(text, yearDigits + 8, 2);
  if (!(month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60)) return null;
  const date = new Date(0);
  const midnightMs = date.setUTCFullYear(year, month - 1, day);
  // An impossible day rolls over; a real one stays as it was read.
  return date.getUTCDate() === day ? midnightMs + ((hour * 60 + minute) * 60 + second) * 1000 : null;
}

/** A decimal number of `count` ASCII digits; not a number where one of them is something else. */
function digits(text: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let index = start; index < start + count; index += 1) {
    const digit = (text[index] ?? 0) - 0x30;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
  }
  return value;
}

/** Text of a character string or OCTET STRING as UTF-8, else null. */
export function toUtf8(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  // Nearly all text in certificates is ASCII, and a decoder costs more than reading that.
  if (bytes.length <= 64 && bytes.every((byte) => byte < 0x80))
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  try {
    return fatalUtf8.decode(bytes);
  } catch {
    return null;
  }
}

function primitive(element: DerElement | undefined, tagNumber: number): Uint8Array | null {
  return element && !element.constructed && isUniversal(element, tagNumber) ? element.value : null;
}
