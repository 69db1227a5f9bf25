const HEADER = 0x70;

const leb = (value: number): Buffer => {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) return Buffer.from(bytes);
  }
};

/** MUTF-8 of a text without NUL: each UTF-16 unit by itself. */
const mutf8 = (text: string): Buffer =>
  Buffer.concat(Array.from({ length: text.length }, (_, index) => encodeUnit(text.charCodeAt(index))));

function encodeUnit(unit: number): Buffer {
  if (unit > 0 && unit < 0x80) return Buffer.from([unit]);
  if (unit < 0x800) return Buffer.from([0xc0 | (unit >> 6), 0x80 | (unit & 0x3f)]);
  return Buffer.from([0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)]);
}

/** A dex file of one class with static final strings, and further strings of its code. */
export function makeDex(fields: Readonly<Record<string, string>>, literals: readonly string[]): Buffer {
  const names = Object.keys(fields);
  const strings = [...new Set([...names, ...Object.values(fields), ...literals, "Lapp/BuildConfig;"])].toSorted();
  const indexOf = (text: string): number => strings.indexOf(text);
  const stringIds = HEADER;
  const typeIds = stringIds + strings.length * 4;
  const fieldIds = typeIds + 4;
  const classDefs = fieldIds + names.length * 8;
  const dataStart = classDefs + 32;
  const parts: Buffer[] = [];
  let at = dataStart;
  const put = (bytes: Buffer): number => {
    const start = at;
    parts.push(bytes);
    at += bytes.length;
    return start;
  };
  const offsets = strings.map((text) => put(Buffer.concat([leb(text.length), mutf8(text), Buffer.from([0])])));
  const classData = put(
    Buffer.concat([
      leb(names.length),
      leb(0),
      leb(0),
      leb(0),
      ...names.map((_, index) => Buffer.concat([leb(index === 0 ? 0 : 1), leb(0x19)])),
    ]),
  );
  const values = put(
    Buffer.concat([
      leb(names.length),
      ...Object.values(fields).map((text) => {
        const index = Buffer.alloc(2);
        index.writeUInt16LE(indexOf(text));
        return Buffer.concat([Buffer.from([(1 << 5) | 0x17]), index]);
      }),
    ]),
  );
  const head = Buffer.alloc(dataStart);
  head.write("dex\n035\0");
  const section = (field: number, count: number, offset: number): void => {
    head.writeUInt32LE(count, field);
    head.writeUInt32LE(offset, field + 4);
  };
  section(0x38, strings.length, stringIds);
  section(0x40, 1, typeIds);
  section(0x50, names.length, fieldIds);
  section(0x60, 1, classDefs);
  for (const [index, offset] of offsets.entries()) head.writeUInt32LE(offset, stringIds + index * 4);
  head.writeUInt32LE(indexOf("Lapp/BuildConfig;"), typeIds);
  for (const [index, name] of names.entries()) head.writeUInt32LE(indexOf(name), fieldIds + index * 8 + 4);
  head.writeUInt32LE(classData, classDefs + 24);
  head.writeUInt32LE(values, classDefs + 28);
  return Buffer.concat([head, ...parts]);
}
