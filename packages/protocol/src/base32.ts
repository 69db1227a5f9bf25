const letters = "abcdefghijklmnopqrstuvwxyz234567";

/** Lower-case base32 (RFC 4648 §6) without padding; bits that do not fill a character are padded with zeros. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += letters.charAt((held >> bits) & 31);
    }
  }
  return bits > 0 ? text + letters.charAt((held << (5 - bits)) & 31) : text;
}
