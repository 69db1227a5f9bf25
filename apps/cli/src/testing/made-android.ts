/** A ResStringPool_chunk in UTF-8 or UTF-16. */
function makeStringPool(strings: readonly string[], isUtf8: boolean): Buffer {
  const offsets = Buffer.alloc(strings.length * 4);
  const parts: Buffer[] = [];
  let at = 0;
  for (const [index, text] of strings.entries()) {
    offsets.writeUInt32LE(at, index * 4);
    const part = isUtf8 ? utf8Entry(text) : utf16Entry(text);
    parts.push(part);
    at += part.length;
  }
  const data = Buffer.concat(parts);
  const padding = Buffer.alloc((4 - (data.length % 4)) % 4);
  const head = Buffer.alloc(28);
  head.writeUInt16LE(1, 0);
  head.writeUInt16LE(28, 2);
  head.writeUInt32LE(28 + offsets.length + data.length + padding.length, 4);
  head.writeUInt32LE(strings.length, 8);
  head.writeUInt32LE(isUtf8 ? 0x100 : 0, 16);
  head.writeUInt32LE(28 + offsets.length, 20);
  return Buffer.concat([head, offsets, data, padding]);
}

function utf8Entry(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = (count: number): number[] => (count < 0x80 ? [count] : [0x80 | (count >> 8), count & 0xff]);
  return Buffer.concat([Buffer.from([...length(text.length), ...length(bytes.length)]), bytes, Buffer.from([0])]);
}

function utf16Entry(text: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([length, Buffer.from(text, "utf16le"), Buffer.alloc(2)]);
}

/** Compiled XML with one `<meta-data android:name=… android:value=…>`. */
export function makeAndroidXml(name: string, value: string, isUtf8 = false): Buffer {
  const pool = makeStringPool(["name", "value", name, value, "meta-data"], isUtf8);
  const element = Buffer.alloc(36 + 40);
  element.writeUInt16LE(0x102, 0);
  element.writeUInt16LE(16, 2);
  element.writeUInt32LE(element.length, 4);
  element.writeUInt32LE(0xffffffff, 16);
  element.writeUInt32LE(4, 20);
  element.writeUInt16LE(20, 24);
  element.writeUInt16LE(20, 26);
  element.writeUInt16LE(2, 28);
  for (const [index, [key, text]] of [[0, 2] as const, [1, 3] as const].entries()) {
    const at = 36 + index * 20;
    element.writeUInt32LE(0xffffffff, at);
    element.writeUInt32LE(key, at + 4);
    element.writeUInt32LE(text, at + 8);
  }
  return toChunk(3, Buffer.concat([pool, element]));
}

/** `resources.arsc` with string resources of one package. */
export function makeResources(resources: Readonly<Record<string, string>>): Buffer {
  const names = Object.keys(resources);
  const values = makeStringPool(Object.values(resources), true);
  const types = makeStringPool(["string"], true);
  const keys = makeStringPool(names, true);
  const entries = Buffer.alloc(names.length * 16);
  const type = Buffer.alloc(20 + 64 + names.length * 4);
  type.writeUInt16LE(0x201, 0);
  type.writeUInt16LE(84, 2);
  type.writeUInt32LE(type.length + entries.length, 4);
  type.writeUInt32LE(names.length, 12);
  type.writeUInt32LE(type.length, 16);
  for (const [index] of names.entries()) {
    type.writeUInt32LE(index * 16, 84 + index * 4);
    entries.writeUInt16LE(8, index * 16);
    entries.writeUInt32LE(index, index * 16 + 4);
    entries.writeUInt16LE(8, index * 16 + 8);
    entries.writeUInt8(3, index * 16 + 11);
    entries.writeUInt32LE(index, index * 16 + 12);
  }
  const head = Buffer.alloc(288);
  head.writeUInt16LE(0x200, 0);
  head.writeUInt16LE(288, 2);
  head.writeUInt32LE(288 + types.length + keys.length + type.length + entries.length, 4);
  head.writeUInt32LE(288, 268);
  head.writeUInt32LE(288 + types.length, 276);
  const table = Buffer.alloc(4);
  table.writeUInt32LE(1);
  return toChunk(2, Buffer.concat([table, values, head, types, keys, type, entries]), 12);
}

function toChunk(type: number, body: Buffer, headerSize = 8): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(type, 0);
  head.writeUInt16LE(headerSize, 2);
  head.writeUInt32LE(8 + body.length, 4);
  return Buffer.concat([head, body]);
}
