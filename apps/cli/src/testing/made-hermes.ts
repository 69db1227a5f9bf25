/** Hermes bytecode with nothing but strings: a header, function headers of the given size, one kind run, the small table, an overflow table, the storage. */
export function makeHermes(strings: readonly string[], functionHeaderSize = 16, functionCount = 3): Buffer {
  const header = Buffer.alloc(128);
  Buffer.from("c61fbc03c103191f", "hex").copy(header);
  header.writeUInt32LE(functionHeaderSize === 16 ? 96 : 99, 8);
  const small: Buffer[] = [];
  const overflow: Buffer[] = [];
  const storage: Buffer[] = [];
  let at = 0;
  for (const text of strings) {
    const wide = /[^ -~]/.test(text);
    const bytes = wide ? Buffer.from(text, "utf16le") : Buffer.from(text, "latin1");
    const isLong = text.length >= 0xff;
    const entry = Buffer.alloc(4);
    entry.writeUInt32LE(
      (((isLong ? 0xff : text.length) << 24) | ((isLong ? overflow.length : at) << 1) | (wide ? 1 : 0)) >>> 0,
    );
    small.push(entry);
    if (isLong) {
      const long = Buffer.alloc(8);
      long.writeUInt32LE(at);
      long.writeUInt32LE(text.length, 4);
      overflow.push(long);
    }
    storage.push(bytes);
    at += bytes.length;
  }
  const counts = [0, functionCount, 1, 0, strings.length, overflow.length, at];
  for (const [index, count] of counts.entries()) header.writeUInt32LE(count, 36 + index * 4);
  const kinds = Buffer.alloc(4);
  kinds.writeUInt32LE(strings.length);
  return Buffer.concat([
    header,
    Buffer.alloc(functionCount * functionHeaderSize),
    kinds,
    ...small,
    ...overflow,
    ...storage,
    Buffer.alloc(16),
  ]);
}
