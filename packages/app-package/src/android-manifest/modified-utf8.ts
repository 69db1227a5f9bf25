/**
 * Text of UTF-8 as Android's build tools write it: characters beyond the basic plane may stand as two encoded surrogates (Java's modified
 * UTF-8) or in four bytes. Null where the bytes are no such text: Android's reader and Java's make different characters of those.
 */
export function parseModifiedUtf8(bytes: Uint8Array): string | null {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length === 0 || at + length > bytes.length) return null;
    let point = length === 1 ? lead : lead & (0xff >> (length + 1));
    for (let next = at + 1; next < at + length; next++) {
      const byte = bytes[next] ?? 0;
      if ((byte & 0xc0) !== 0x80) return null;
      point = (point << 6) | (byte & 0x3f);
    }
    if (point < (shortest[length] ?? 0) || point > 0x10ffff) return null;
    text += String.fromCodePoint(point);
    at += length;
  }
  return text;
}

/** The first code point that needs so many bytes. */
const shortest = [0, 0, 0x80, 0x800, 0x10000];
