/** Writes protobuf messages by hand, aapt2's XmlNode among them. Shares no code with the reader. */

export const androidNamespace = "http://schemas.android.com/apk/res/android";

/** A field of wire type 0, or 2 where the value has bytes or characters. */
export function field(number: number, value: number | bigint | string | Uint8Array): Uint8Array {
  if (typeof value === "number" || typeof value === "bigint") return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** Negative numbers as 64 bits of two's complement. */
export function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const more = rest >= 128n ? 0x80 : 0;
    bytes.push(Number(rest & 0x7fn) | more);
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

/** An `Item`. */
export const item = {
  decimal: (value: number) => field(7, field(6, value)),
  hexadecimal: (value: number) => field(7, field(7, value)),
  boolean: (value: boolean) => field(7, field(8, value ? 1 : 0)),
  text: (value: string) => field(2, field(1, value)),
  reference: (id: number) => field(1, field(2, id)),
};

export interface MadeProtoAttribute {
  readonly name: string;
  readonly namespace?: string;
  readonly value?: string;
  readonly id?: number;
  readonly item?: Uint8Array;
}

export interface MadeProtoElement {
  readonly name: string;
  readonly namespace?: string;
  readonly attributes?: readonly MadeProtoAttribute[];
  readonly children?: readonly MadeProtoElement[];
}

export function protoAttribute({ name, namespace, value, id, item: compiled }: MadeProtoAttribute): Uint8Array {
  return message(
    ...(namespace === undefined ? [] : [field(1, namespace)]),
    field(2, name),
    ...(value === undefined ? [] : [field(3, value)]),
    ...(id === undefined ? [] : [field(5, id)]),
    ...(compiled === undefined ? [] : [field(6, compiled)]),
  );
}

/** An `XmlElement`, without the node around it. */
export function protoElement({ name, namespace, attributes = [], children = [] }: MadeProtoElement): Uint8Array {
  return message(
    field(1, message(field(1, "android"), field(2, androidNamespace))),
    ...(namespace === undefined ? [] : [field(2, namespace)]),
    field(3, name),
    ...attributes.map((each) => field(4, protoAttribute(each))),
    field(5, field(2, "\n  ")),
    ...children.map((each) => field(5, protoNode(each))),
  );
}

/** An `XmlNode`. */
export function protoNode(element: MadeProtoElement): Uint8Array {
  return message(field(1, protoElement(element)), field(3, message(field(1, 17), field(2, 4))));
}

export const protoAttributes = {
  package: (value: string): MadeProtoAttribute => ({ name: "package", value }),
  split: (value: string): MadeProtoAttribute => ({ name: "split", value }),
  versionCode: (compiled: Uint8Array) => android("versionCode", 0x0101021b, compiled),
  versionCodeMajor: (compiled: Uint8Array) => android("versionCodeMajor", 0x01010576, compiled),
  minSdk: (compiled: Uint8Array) => android("minSdkVersion", 0x0101020c, compiled),
  targetSdk: (compiled: Uint8Array) => android("targetSdkVersion", 0x01010270, compiled),
  debuggable: (compiled: Uint8Array) => android("debuggable", 0x0101000f, compiled),
  versionName: (value: string): MadeProtoAttribute => ({
    name: "versionName",
    namespace: androidNamespace,
    id: 0x0101021c,
    value,
  }),
};

export function android(name: string, id: number, compiled: Uint8Array): MadeProtoAttribute {
  return { name, namespace: androidNamespace, id, value: "as written", item: compiled };
}

/** What a module's manifest says; the rest is as in the base module of the tests. */
export interface MadeModule {
  readonly package?: string;
  readonly split?: string;
  readonly versionCode?: number | null;
  readonly minSdk?: number | null;
  readonly targetSdk?: number | null;
  readonly debuggable?: boolean;
}

export function moduleManifest(made: MadeModule = {}): Uint8Array {
  const { versionCode = 7, minSdk = 24, targetSdk = 34 } = made;
  return protoNode({
    name: "manifest",
    attributes: [
      protoAttributes.package(made.package ?? "com.example.app"),
      ...(made.split === undefined ? [] : [protoAttributes.split(made.split)]),
      ...(versionCode === null ? [] : [protoAttributes.versionCode(item.decimal(versionCode))]),
      protoAttributes.versionName("1.2"),
    ],
    children: [
      {
        name: "uses-sdk",
        attributes: [
          ...(minSdk === null ? [] : [protoAttributes.minSdk(item.decimal(minSdk))]),
          ...(targetSdk === null ? [] : [protoAttributes.targetSdk(item.decimal(targetSdk))]),
        ],
      },
      {
        name: "application",
        attributes: made.debuggable === undefined ? [] : [protoAttributes.debuggable(item.boolean(made.debuggable))],
      },
    ],
  });
}
