/** A binary property list of one dictionary of strings and data. */
export function makeBinaryPlist(members: Readonly<Record<string, string | Buffer>>): Buffer {
  const texts = [...Object.keys(members), ...Object.values(members)];
  const count = Object.keys(members).length;
  const references = texts.map((_, index) => index + 1);
  const objects = [Buffer.from([...sized(0xd, count), ...references]), ...texts.map(toTextObject)];
  const offsets: number[] = [];
  let at = 8;
  for (const object of objects) {
    offsets.push(at);
    at += object.length;
  }
  const table = Buffer.alloc(offsets.length * 2);
  for (const [index, offset] of offsets.entries()) table.writeUInt16BE(offset, index * 2);
  const trailer = Buffer.alloc(32);
  trailer[6] = 2;
  trailer[7] = 1;
  trailer.writeBigUInt64BE(BigInt(objects.length), 8);
  trailer.writeBigUInt64BE(BigInt(at), 24);
  return Buffer.concat([Buffer.from("bplist00"), ...objects, table, trailer]);
}

function sized(type: number, length: number): number[] {
  return length < 15 ? [(type << 4) | length] : [(type << 4) | 0xf, 0x11, length >> 8, length & 0xff];
}

function toTextObject(text: string | Buffer): Buffer {
  if (typeof text !== "string") return Buffer.concat([Buffer.from(sized(4, text.length)), text]);
  if (/^[ -~]*$/.test(text)) return Buffer.from([...sized(5, text.length), ...Buffer.from(text)]);
  return Buffer.concat([Buffer.from(sized(6, text.length)), Buffer.from(text, "utf16le").swap16()]);
}

/** A 64-bit Mach-O file with a `__cstring` section of these strings; `fat` puts it into a fat file with offsets of so many bits; `cryptId` gives it an LC_ENCRYPTION_INFO_64. */
export function makeMachO(strings: readonly string[], fat: boolean | 64 = false, cryptId?: number): Buffer {
  const data = Buffer.from(strings.map((text) => `${text}\0`).join(""));
  const segment = Buffer.alloc(72 + 80);
  const encryption = Buffer.alloc(cryptId === undefined ? 0 : 24);
  if (cryptId !== undefined) {
    encryption.writeUInt32LE(0x2c, 0);
    encryption.writeUInt32LE(24, 4);
    encryption.writeUInt32LE(cryptId, 16);
  }
  const command = Buffer.concat([segment, encryption]);
  command.writeUInt32LE(0x19, 0);
  command.writeUInt32LE(segment.length, 4);
  command.write("__TEXT", 8);
  command.writeUInt32LE(1, 64);
  command.write("__cstring", 72);
  command.write("__TEXT", 88);
  command.writeBigUInt64LE(BigInt(data.length), 72 + 40);
  command.writeUInt32LE(32 + command.length, 72 + 48);
  const head = Buffer.alloc(32);
  head.writeUInt32LE(0xfeedfacf, 0);
  head.writeUInt32LE(0x0100000c, 4);
  head.writeUInt32LE(cryptId === undefined ? 1 : 2, 16);
  head.writeUInt32LE(command.length, 20);
  const thin = Buffer.concat([head, command, data]);
  if (fat === false) return thin;
  const table = Buffer.alloc(64);
  table.writeUInt32BE(fat === 64 ? 0xcafebabf : 0xcafebabe, 0);
  table.writeUInt32BE(1, 4);
  table.writeUInt32BE(64, fat === 64 ? 20 : 16);
  table.writeUInt32BE(thin.length, fat === 64 ? 28 : 20);
  return Buffer.concat([table, thin]);
}
