/** MUTF-8 up to its NUL (dex-format, "MUTF-8"): UTF-8 of UTF-16 units, NUL itself as C0 80. What is not well formed reads as U+FFFD. */
export function readModifiedUtf8(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(0, start);
  if (start >= bytes.length || end < 0) throw new Error("a string has no end");
  const raw = bytes.subarray(start, end);
  const plain = raw.toString("latin1");
  return /[^ -~\s]/.test(plain) ? decode(raw) : plain;
}

function decode(raw: Buffer): string {
  const units: string[] = [];
  for (let at = 0; at < raw.length; at += 1) {
    const [a = 0, b = 0, c = 0] = [raw[at], raw[at + 1], raw[at + 2]];
    if (a < 0x80) units.push(String.fromCharCode(a));
    else if (a >> 5 === 6 && b >> 6 === 2) {
      units.push(String.fromCharCode(((a & 0x1f) << 6) | (b & 0x3f)));
      at += 1;
    } else if (a >> 4 === 14 && b >> 6 === 2 && c >> 6 === 2) {
      units.push(String.fromCharCode(((a & 0x0f) << 12) | ((b & 0x3f) << 6) | (c & 0x3f)));
      at += 2;
    } else units.push("\ufffd");
  }
  return units.join("");
}
