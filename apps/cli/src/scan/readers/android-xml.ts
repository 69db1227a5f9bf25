import type { NamedValue, Piece } from "../finding.ts";
import { openStringPool, type StringPool, stringsOfPool } from "./android-string-pool.ts";
import { toPoolPieces } from "./pool-pieces.ts";

const POOL = 0x0001;
const START_ELEMENT = 0x0102;
const NONE = 0xffffffff;
/** Bytes of a name or value that is looked at as a pair; longer ones stand in the pool. */
const LONGEST = 4096;

/**
 * Compiled XML of Android (AOSP, ResourceTypes.h): its strings, and each attribute with its value. An element with `name` and `value`, as `<meta-data>` is, ties the two.
 *
 * @throws Error or RangeError where it is damaged.
 */
export function* readAndroidXml(bytes: Buffer): Generator<Piece> {
  let pool: StringPool | null = null;
  let chunk = bytes.readUInt16LE(2);
  let budget = bytes.length;
  while (chunk + 8 <= bytes.length) {
    const type = bytes.readUInt16LE(chunk);
    const size = bytes.readUInt32LE(chunk + 4);
    if (size < 8) throw new Error("a chunk has no size");
    if (type === POOL && pool === null) {
      pool = openStringPool(bytes, chunk);
      yield* toPoolPieces(stringsOfPool(pool), "sorted", bytes.length * 2 + 4096);
    }
    if (type === START_ELEMENT && pool !== null) {
      budget -= bytes.readUInt16LE(chunk + 28);
      if (budget < 0) throw new Error("elements share their attributes");
      for (const named of attributesOf(bytes, chunk, pool)) yield { type: "named", named };
    }
    chunk += size;
  }
  if (pool === null) throw new Error("compiled XML has no strings");
}

/** ResXMLTree_attrExt after the node's 16 bytes: attributeStart, attributeSize, attributeCount at 24; each attribute is namespace, name, raw value. */
function attributesOf(bytes: Buffer, chunk: number, pool: StringPool): readonly NamedValue[] {
  const start = chunk + 16 + bytes.readUInt16LE(chunk + 24);
  const size = bytes.readUInt16LE(chunk + 26);
  const count = size < 12 ? 0 : bytes.readUInt16LE(chunk + 28);
  const attributes: NamedValue[] = [];
  for (let index = 0; index < count && start + (index + 1) * size <= bytes.length; index += 1) {
    const at = start + index * size;
    const raw = bytes.readUInt32LE(at + 8);
    const name = pool.at(bytes.readUInt32LE(at + 4), LONGEST);
    const value = raw === NONE ? null : pool.at(raw, LONGEST);
    if (name === null || value === null) continue;
    attributes.push({ name: name.text, value: value.text, at: { line: null, column: null, offset: value.offset } });
  }
  const key = attributes.find(({ name }) => name === "name");
  return attributes.map((attribute) =>
    attribute.name === "value" && key !== undefined ? { ...attribute, name: key.value } : attribute,
  );
}
