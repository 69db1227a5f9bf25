import { type ProtoField, readProto, toProtoText } from "./read-proto.ts";

/** An element of aapt2's protobuf XML, with the attributes that were asked for. */
export interface ProtoElement {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: readonly ProtoAttribute[];
}

export interface ProtoAttribute {
  readonly name: string;
  readonly namespace: string;
  /** The text in the source. */
  readonly value: string;
  /** 0 where there is none. */
  readonly resourceId: number;
  /** What aapt2 made of the text; undefined where it left it alone. */
  readonly compiled: CompiledValue | undefined;
}

/** The kinds of `Item` that a manifest's attributes of interest can have; `other` for every further one. */
export type CompiledValue =
  | { readonly kind: "number"; readonly data: number }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "boolean"; readonly data: number }
  | { readonly kind: "reference"; readonly data: number }
  | { readonly kind: "other" };

/** The root element and its children that were asked for. */
export interface ProtoDocument {
  readonly root: ProtoElement;
  readonly children: readonly ProtoElement[];
}

/** Which elements below the root, and which attributes, are kept. */
export interface ProtoInterest {
  isElement(name: string): boolean;
  isAttribute(name: string, resourceId: number): boolean;
}

/**
 * Reads an `XmlNode` as aapt2 defines it (`Resources.proto`: XmlNode, XmlElement, XmlAttribute, Item, Primitive): the root and its children.
 * Null for anything else. A field that may stand once must: protobuf's readers would merge or replace, and no writer does it.
 */
export function parseProtoXml(bytes: Uint8Array, interest: ProtoInterest): ProtoDocument | null {
  const rootBytes = elementOf(bytes);
  if (rootBytes === null || rootBytes === undefined) return null;
  const children: ProtoElement[] = [];
  const root = readElement(rootBytes, interest, (node) => {
    const child = elementOf(node);
    if (child === null) return false;
    if (child === undefined) return true;
    const name = nameOf(child);
    if (name === null) return false;
    if (!interest.isElement(name)) return true;
    const element = readElement(child, interest, () => true);
    if (element !== null) children.push(element);
    return element !== null;
  });
  return root === null ? null : { root, children };
}

/** The element of an XmlNode; undefined for a node of text, null for what is neither. */
function elementOf(node: Uint8Array): Uint8Array | undefined | null {
  const fields = new SingleFields();
  if (!readProto(node, (field) => fields.take(field, [1, 2]))) return null;
  const [element, text] = [fields.bytes(1), fields.bytes(2)];
  return element !== undefined && text !== undefined ? null : element;
}

function nameOf(element: Uint8Array): string | null {
  const fields = new SingleFields();
  return readProto(element, (field) => fields.take(field, [3])) ? fields.text(3) : null;
}

function readElement(
  bytes: Uint8Array,
  interest: ProtoInterest,
  onChild: (node: Uint8Array) => boolean,
): ProtoElement | null {
  const fields = new SingleFields();
  const attributes: ProtoAttribute[] = [];
  const isElement = readProto(bytes, (field) => {
    if (field.number === 5 && field.bytes !== undefined) return onChild(field.bytes);
    if (field.number !== 4 || field.bytes === undefined) return fields.take(field, [2, 3]);
    const attribute = readAttribute(field.bytes, interest);
    if (attribute !== undefined && attribute !== null) attributes.push(attribute);
    return attribute !== null;
  });
  const [namespace, name] = [fields.text(2), fields.text(3)];
  return isElement && namespace !== null && name !== null ? { name, namespace, attributes } : null;
}

/** Undefined where nobody asked for it. */
function readAttribute(bytes: Uint8Array, interest: ProtoInterest): ProtoAttribute | undefined | null {
  const fields = new SingleFields();
  if (!readProto(bytes, (field) => fields.take(field, [1, 2, 3, 5, 6]))) return null;
  const [namespace, name, value] = [fields.text(1), fields.text(2), fields.text(3)];
  if (namespace === null || name === null || value === null) return null;
  const resourceId = fields.varint(5) ?? 0;
  if (!interest.isAttribute(name, resourceId)) return undefined;
  const item = fields.bytes(6);
  const compiled = item === undefined ? undefined : readItem(item);
  return compiled === null ? null : { name, namespace, value, resourceId, compiled };
}

/** `Item`: of its kinds exactly one. */
function readItem(bytes: Uint8Array): CompiledValue | null {
  const fields = new SingleFields();
  if (!readProto(bytes, (field) => fields.take(field, [1, 2, 3, 4, 5, 6, 7])) || fields.count !== 1) return null;
  const [reference, text, primitive] = [fields.bytes(1), fields.bytes(2), fields.bytes(7)];
  if (reference !== undefined) {
    const inner = new SingleFields();
    return readProto(reference, (field) => inner.take(field, [2]))
      ? { kind: "reference", data: inner.varint(2) ?? 0 }
      : null;
  }
  if (text !== undefined) {
    const inner = new SingleFields();
    const value = readProto(text, (field) => inner.take(field, [1])) ? inner.text(1) : null;
    return value === null ? null : { kind: "text", text: value };
  }
  return primitive === undefined ? { kind: "other" } : readPrimitive(primitive);
}

/** `Primitive`: of its kinds exactly one. A boolean or a number of 0 is written out, as a member of a `oneof`. */
function readPrimitive(bytes: Uint8Array): CompiledValue | null {
  const kinds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
  const fields = new SingleFields();
  if (!readProto(bytes, (field) => fields.take(field, kinds)) || fields.count !== 1) return null;
  const [decimal, truth] = [fields.varint(6), fields.varint(8)];
  if (decimal !== undefined) return { kind: "number", data: decimal | 0 };
  if (truth !== undefined) return { kind: "boolean", data: truth };
  return { kind: "other" };
}

/** The fields of a message that stand once. */
class SingleFields {
  readonly #fields = new Map<number, ProtoField>();

  /** Keeps a field of one of these numbers; false where it has one already. */
  take(field: ProtoField, numbers: readonly number[]): boolean {
    if (!numbers.includes(field.number)) return true;
    if (this.#fields.has(field.number)) return false;
    this.#fields.set(field.number, field);
    return true;
  }

  get count(): number {
    return this.#fields.size;
  }

  varint(number: number): number | undefined {
    return this.#fields.get(number)?.varint;
  }

  bytes(number: number): Uint8Array | undefined {
    return this.#fields.get(number)?.bytes;
  }

  /** Empty where the field does not stand there, null where it is not UTF-8. */
  text(number: number): string | null {
    return toProtoText(this.bytes(number) ?? new Uint8Array());
  }
}
