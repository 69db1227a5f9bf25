/** Writes Android's binary XML by hand, good and hostile. Shares no code with the reader. */

export const androidNamespace = "http://schemas.android.com/apk/res/android";

/** A typed value: text, number (decimal), truth, or a type and its 32 bits. */
export type MadeValue = string | number | boolean | { readonly type: number; readonly data: number };

export interface MadeAttribute {
  readonly name: string;
  readonly value: MadeValue;
  /** Resource id of the name; without one the name is not in the resource map. */
  readonly id?: number;
  readonly namespace?: string;
  /** The text as written, if not the text of the value. */
  readonly raw?: string | null;
}

export interface MadeElement {
  readonly name: string;
  readonly namespace?: string;
  readonly attributes?: readonly MadeAttribute[];
  readonly children?: readonly MadeElement[];
}

export interface MadeDocument {
  readonly pool: Uint8Array;
  readonly map: Uint8Array;
  /** Namespace start, elements, namespace end; a chunk each. */
  readonly nodes: readonly Uint8Array[];
}

const none = 0xffffffff;

export const attribute = {
  versionCode: (value: MadeValue): MadeAttribute => android("versionCode", 0x0101021b, value),
  versionCodeMajor: (value: MadeValue): MadeAttribute => android("versionCodeMajor", 0x01010576, value),
  versionName: (value: MadeValue): MadeAttribute => android("versionName", 0x0101021c, value),
  targetSandboxVersion: (value: MadeValue): MadeAttribute => android("targetSandboxVersion", 0x0101054c, value),
  minSdk: (value: MadeValue): MadeAttribute => android("minSdkVersion", 0x0101020c, value),
  targetSdk: (value: MadeValue): MadeAttribute => android("targetSdkVersion", 0x01010270, value),
  debuggable: (value: MadeValue): MadeAttribute => android("debuggable", 0x0101000f, value),
  package: (value: MadeValue): MadeAttribute => ({ name: "package", value }),
  split: (value: MadeValue): MadeAttribute => ({ name: "split", value }),
};

export function android(name: string, id: number, value: MadeValue): MadeAttribute {
  return { name, id, value, namespace: androidNamespace };
}

/** A plain manifest, whose parts can be replaced. */
export function plainManifest(change: Partial<MadeElement> = {}): MadeElement {
  return {
    name: "manifest",
    attributes: [attribute.versionCode(7), attribute.versionName("1.2"), attribute.package("com.example.app")],
    children: [
      { name: "uses-sdk", attributes: [attribute.minSdk(24), attribute.targetSdk(34)] },
      { name: "application", attributes: [attribute.debuggable(false)], children: [{ name: "activity" }] },
    ],
    ...change,
  };
}

/** The chunks of a document. */
export function makeDocument(root: MadeElement, { utf8 = true }: { utf8?: boolean } = {}): MadeDocument {
  const named: { name: string; id: number }[] = [];
  const texts: string[] = [];
  const collect = (element: MadeElement): void => {
    texts.push(element.name, element.namespace ?? "");
    for (const { name, id, namespace, value, raw } of element.attributes ?? []) {
      if (id === undefined) texts.push(name);
      else if (!named.some((each) => each.name === name && each.id === id)) named.push({ name, id });
      texts.push(namespace ?? "", raw ?? "", typeof value === "string" ? value : "");
    }
    element.children?.forEach(collect);
  };
  collect(root);
  const strings = [...named.map(({ name }) => name), ...new Set(texts)];
  const indexOf = (text: string | undefined) => (text === undefined ? none : strings.indexOf(text, named.length));

  const nodes: Uint8Array[] = [namespaceNode(0x100, indexOf)];
  const write = (element: MadeElement): void => {
    const attributes = (element.attributes ?? []).map((each) => {
      const nameIndex =
        each.id === undefined
          ? indexOf(each.name)
          : named.findIndex(({ name, id }) => name === each.name && id === each.id);
      return attributeBytes(each, nameIndex, indexOf);
    });
    nodes.push(startNode(indexOf(element.namespace), indexOf(element.name), attributes));
    element.children?.forEach(write);
    nodes.push(endNode(indexOf(element.namespace), indexOf(element.name)));
  };
  write(root);
  nodes.push(namespaceNode(0x101, indexOf));
  return { pool: stringPool(strings, { utf8 }), map: chunk(0x180, words(...named.map(({ id }) => id))), nodes };
}

/** The document's bytes. */
export function joinDocument({ pool, map, nodes }: MadeDocument): Uint8Array {
  return xml(pool, map, ...nodes);
}

export function makeManifest(root: MadeElement, options?: { utf8?: boolean }): Uint8Array {
  return joinDocument(makeDocument(root, options));
}

/** The outermost chunk. */
export function xml(...chunks: readonly Uint8Array[]): Uint8Array {
  return chunk(3, join(...chunks));
}

export function chunk(type: number, body: Uint8Array, header: Uint8Array = new Uint8Array()): Uint8Array {
  return join(halves(type, 8 + header.length), words(8 + header.length + body.length), header, body);
}

export interface PoolOptions {
  readonly utf8?: boolean;
  readonly flags?: number;
  /** Instead of the string's own length: in units, and for UTF-8 in bytes. */
  readonly lengths?: readonly [units: number, bytes?: number];
  /** After each string. */
  readonly terminator?: readonly number[];
  readonly count?: number;
  readonly styleCount?: number;
  /** In the header, if not the number there is room for. */
  readonly styleCountSaid?: number;
  readonly stringsStart?: number;
  readonly stylesStart?: number;
  readonly styles?: Uint8Array;
  /** Added to each string's offset. */
  readonly shift?: number;
}

/** A pool of these strings; bytes stand for themselves. */
export function stringPool(strings: readonly (string | Uint8Array)[], options: PoolOptions = {}): Uint8Array {
  const { utf8 = true, terminator = utf8 ? [0] : [0, 0], styles = new Uint8Array() } = options;
  const offsets: number[] = [];
  let data = new Uint8Array();
  for (const text of strings) {
    offsets.push(data.length + (options.shift ?? 0));
    const bytes = typeof text !== "string" ? text : Buffer.from(text, utf8 ? "utf8" : "utf16le");
    const units = options.lengths?.[0] ?? (typeof text === "string" ? text.length : bytes.length / (utf8 ? 1 : 2));
    const byteLength = options.lengths?.[1] ?? bytes.length;
    const prefix = utf8 ? [...length8(units), ...length8(byteLength)] : length16(units);
    data = join(data, Uint8Array.from(prefix), bytes, Uint8Array.from(terminator));
  }
  while (data.length % 4 !== 0) data = join(data, Uint8Array.of(0));
  const start = 28 + 4 * (offsets.length + (options.styleCount ?? 0));
  const styleOffsets = words(...Array.from({ length: options.styleCount ?? 0 }, () => 0));
  const header = words(
    options.count ?? strings.length,
    options.styleCountSaid ?? options.styleCount ?? 0,
    options.flags ?? (utf8 ? 0x100 : 0),
    options.stringsStart ?? start,
    options.stylesStart ?? (options.styleCount ? start + data.length : 0),
  );
  return chunk(1, join(words(...offsets), styleOffsets, data, styles), header);
}

function length8(length: number): number[] {
  return length > 0x7f ? [0x80 | (length >> 8), length & 0xff] : [length];
}

function length16(length: number): number[] {
  const units = length > 0x7fff ? [0x8000 | (length >>> 16), length & 0xffff] : [length];
  return units.flatMap((unit) => [unit & 0xff, unit >> 8]);
}

/** A start of an element whose attributes are given as bytes. */
export function startNode(
  namespace: number,
  name: number,
  attributes: readonly Uint8Array[],
  { start = 20, size = 20, count = attributes.length }: { start?: number; size?: number; count?: number } = {},
): Uint8Array {
  const body = join(words(namespace, name), halves(start, size, count, 0, 0, 0), ...attributes);
  return chunk(0x102, body, words(1, none));
}

export function endNode(namespace: number, name: number): Uint8Array {
  return chunk(0x103, words(namespace, name), words(1, none));
}

function namespaceNode(type: number, indexOf: (text: string) => number): Uint8Array {
  return chunk(type, words(none, indexOf(androidNamespace)), words(1, none));
}

function attributeBytes(each: MadeAttribute, name: number, indexOf: (text: string | undefined) => number): Uint8Array {
  const { value } = each;
  const raw = each.raw ?? (each.raw === undefined && typeof value === "string" ? value : undefined);
  const [type, data] =
    typeof value === "string"
      ? [3, indexOf(value)]
      : typeof value === "number"
        ? [0x10, value]
        : typeof value === "boolean"
          ? [0x12, value ? none : 0]
          : [value.type, value.data];
  return join(words(indexOf(each.namespace), name, indexOf(raw)), halves(8), Uint8Array.of(0, type), words(data));
}

export function words(...values: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  for (const [index, value] of values.entries()) bytes.setUint32(4 * index, value >>> 0, true);
  return new Uint8Array(bytes.buffer);
}

export function halves(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value & 0xff, (value >> 8) & 0xff]));
}

export function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}
