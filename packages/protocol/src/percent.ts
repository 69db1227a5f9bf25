import { fromUtf8, toUtf8 } from "./utf8.ts";

const hexDigits = "0123456789ABCDEF";

/** Percent-encodes everything but RFC 3986 unreserved characters. */
export function percentEncode(text: string): string {
  let encoded = "";
  for (const byte of toUtf8(text)) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9._~-]/.test(character)
      ? character
      : `%${hexDigits.charAt(byte >> 4)}${hexDigits.charAt(byte & 15)}`;
  }
  return encoded;
}

/** Percent-decodes an ASCII text to UTF-8 text; null for a broken escape or bytes that are not UTF-8. */
export function percentDecode(text: string): string | null {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return null;
  return fromUtf8(latin1Bytes(decodeOnce(text)));
}

/** The same with `+` for a space: names and values of a query or a form. */
export function formDecode(text: string): string | null {
  return percentDecode(text.replaceAll("+", " "));
}

function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

function decodeOnce(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** Decodes until nothing changes, bytes as Latin-1; null where eight rounds are not enough. */
export function decodeFully(text: string): string | null {
  let current = text;
  for (let round = 0; round < 8; round += 1) {
    const next = decodeOnce(current);
    if (next === current) return current;
    current = next;
  }
  return null;
}

/** The same as UTF-8 text; null where the bytes are not UTF-8, an overlong form among them. For ASCII text with whole escapes. */
export function decodeFullyToUtf8(text: string): string | null {
  const decoded = decodeFully(text);
  return decoded === null ? null : fromUtf8(latin1Bytes(decoded));
}

/** Escapes as characters, in one pass: UTF-8 where they are, a byte that belongs to no sequence as Latin-1; other text and broken escapes stay. */
export function unescapePercent(text: string): string {
  return text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = latin1Bytes(decodeOnce(run));
    const whole = fromUtf8(bytes);
    if (whole !== null) return whole;
    let decoded = "";
    for (let at = 0; at < bytes.length; ) {
      const length = [1, 2, 3, 4].find((count) => fromUtf8(bytes.subarray(at, at + count)) !== null);
      decoded += fromUtf8(bytes.subarray(at, at + (length ?? 0))) || String.fromCharCode(bytes[at] ?? 0);
      at += length ?? 1;
    }
    return decoded;
  });
}
