/** The two alphabets of RFC 4648: §4 with padding, §5 without. */
export interface Alphabet {
  readonly characters: string;
  readonly values: readonly number[];
  readonly padded: boolean;
}

function alphabetOf(last: string, padded: boolean): Alphabet {
  const characters = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${last}`;
  const values = Array.from({ length: 128 }, () => -1);
  for (let index = 0; index < 64; index += 1) values[characters.charCodeAt(index)] = index;
  return { characters, values, padded };
}

export const base64Alphabet: Alphabet = alphabetOf("+/", true);
export const base64urlAlphabet: Alphabet = alphabetOf("-_", false);

/** Base64 of bytes; standard alphabet with padding unless told otherwise. */
export function encodeBase64(bytes: Uint8Array, alphabet: Alphabet = base64Alphabet): string {
  const at = (value: number): string => alphabet.characters.charAt(value & 63);
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const group = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text += at(group >> 18) + at(group >> 12);
    if (left > 1) text += at(group >> 6);
    if (left > 2) text += at(group);
    if (alphabet.padded && left < 3) text += "=".repeat(3 - left);
  }
  return text;
}

/** The one byte string this text is the canonical form of, or null. */
export function decodeBase64(text: string, alphabet: Alphabet = base64Alphabet): Uint8Array | null {
  let length = text.length;
  if (alphabet.padded) {
    if (length % 4 !== 0) return null;
    if (text.endsWith("==")) length -= 2;
    else if (text.endsWith("=")) length -= 1;
  }
  const rest = length % 4;
  if (rest === 1) return null;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let written = 0;
  let held = 0;
  let bits = 0;
  for (let index = 0; index < length; index += 1) {
    const value = alphabet.values[text.charCodeAt(index)] ?? -1;
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[written] = (held >> bits) & 255;
      written += 1;
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : null;
}
