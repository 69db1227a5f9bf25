/** What a class file says of a class: names in the JVM's form (`android/view/View$OnClickListener`). */
export interface ClassOutline {
  readonly name: string;
  readonly superclass: string;
  readonly interfaces: readonly string[];
  readonly access: number;
  /** Generic form of the class (JVMS §4.7.9.1), where it has type parameters. */
  readonly signature: string | null;
  readonly members: readonly MemberOutline[];
  /** Every nested class that is named here, this one and those around it included. */
  readonly nested: readonly NestedOutline[];
}

export interface MemberOutline {
  readonly isMethod: boolean;
  readonly name: string;
  readonly access: number;
  readonly descriptor: string;
  readonly signature: string | null;
  readonly isNullable: boolean;
  /** A constant's value; its kind follows from the descriptor. */
  readonly constant: number | string | boolean | null;
}

export interface NestedOutline {
  readonly name: string;
  readonly outer: string;
  readonly simpleName: string;
  readonly access: number;
}

export const access = {
  public: 0x1,
  protected: 0x4,
  static: 0x8,
  final: 0x10,
  super: 0x20,
  varargs: 0x80,
  interface: 0x200,
  abstract: 0x400,
  annotation: 0x2000,
} as const;

const u8 = (value: number): Buffer => Buffer.of(value);
function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** The constant pool (JVMS §4.4): each entry once. */
class Pool {
  readonly #entries: Buffer[] = [];
  readonly #indexes = new Map<string, number>();
  #next = 1;

  #add(key: string, entry: Buffer, slots = 1): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const index = this.#next;
    this.#next += slots;
    this.#entries.push(entry);
    this.#indexes.set(key, index);
    return index;
  }

  utf8(text: string): number {
    const bytes = Buffer.from(text);
    return this.#add(`u${text}`, Buffer.concat([u8(1), u16(bytes.length), bytes]));
  }

  class(name: string): number {
    return this.#add(`c${name}`, Buffer.concat([u8(7), u16(this.utf8(name))]));
  }

  method(owner: string, name: string, descriptor: string): number {
    const pair = this.#add(
      `n${name}${descriptor}`,
      Buffer.concat([u8(12), u16(this.utf8(name)), u16(this.utf8(descriptor))]),
    );
    return this.#add(`m${owner}${name}${descriptor}`, Buffer.concat([u8(10), u16(this.class(owner)), u16(pair)]));
  }

  constant(descriptor: string, value: number | string | boolean): number | null {
    if (typeof value === "string") {
      const isText = descriptor === "Ljava/lang/String;";
      return isText ? this.#add(`s${value}`, Buffer.concat([u8(8), u16(this.utf8(value))])) : null;
    }
    const number = Number(value);
    if (["I", "S", "B", "C", "Z"].includes(descriptor))
      return this.#add(`i${number}`, Buffer.concat([u8(3), u32(number)]));
    const wide = Buffer.alloc(8);
    if (descriptor === "J") {
      wide.writeBigInt64BE(BigInt(Math.trunc(number)));
      return this.#add(`j${number}`, Buffer.concat([u8(5), wide]), 2);
    }
    if (descriptor === "D") {
      wide.writeDoubleBE(number);
      return this.#add(`d${number}`, Buffer.concat([u8(6), wide]), 2);
    }
    if (descriptor !== "F") return null;
    wide.writeFloatBE(number);
    return this.#add(`f${number}`, Buffer.concat([u8(4), wide.subarray(0, 4)]));
  }

  write(): Buffer {
    return Buffer.concat([u16(this.#next), ...this.#entries]);
  }
}

/**
 * What a method does (JVMS §6.5): a constructor makes its superclass, a method gives 0, false or null, or the object itself where it gives its own class, as
 * builders do.
 */
function bodyOf(pool: Pool, member: MemberOutline, of: ClassOutline): Buffer {
  const gives = member.descriptor.slice(member.descriptor.indexOf(")") + 1);
  if (member.name === "<init>")
    return Buffer.concat([Buffer.of(0x2a, 0xb7), u16(pool.method(of.superclass, "<init>", "()V")), u8(0xb1)]);
  if (gives === `L${of.name};` && (member.access & access.static) === 0) return Buffer.of(0x2a, 0xb0);
  const bodies: Readonly<Record<string, readonly number[]>> = {
    V: [0xb1],
    J: [0x09, 0xad],
    F: [0x0b, 0xae],
    D: [0x0e, 0xaf],
    L: [0x01, 0xb0],
    "[": [0x01, 0xb0],
  };
  return Buffer.from(bodies[gives.charAt(0)] ?? [0x03, 0xac]);
}

function writeMember(pool: Pool, member: MemberOutline, of: ClassOutline): Buffer {
  const attributes: Buffer[] = [];
  const attribute = (name: string, content: Buffer): void => {
    attributes.push(Buffer.concat([u16(pool.utf8(name)), u32(content.length), content]));
  };
  const constant = member.constant === null ? null : pool.constant(member.descriptor, member.constant);
  if (constant !== null) attribute("ConstantValue", u16(constant));
  if (member.signature !== null) attribute("Signature", u16(pool.utf8(member.signature)));
  if (member.isNullable) {
    const annotation = u16(pool.utf8("Lorg/jetbrains/annotations/Nullable;"));
    attribute("RuntimeInvisibleAnnotations", Buffer.concat([u16(1), annotation, u16(0)]));
  }
  if (member.isMethod && (member.access & access.abstract) === 0) {
    const code = bodyOf(pool, member, of);
    attribute("Code", Buffer.concat([u16(2), u16(255), u32(code.length), code, u16(0), u16(0)]));
  }
  const names = [u16(member.access), u16(pool.utf8(member.name)), u16(pool.utf8(member.descriptor))];
  return Buffer.concat([...names, u16(attributes.length), ...attributes]);
}

/** A class file (JVMS §4, version 52) to compile against, whose methods do nothing. */
export function writeClassFile(outline: ClassOutline): Buffer {
  const pool = new Pool();
  const counted = (parts: readonly Buffer[]): Buffer => Buffer.concat([u16(parts.length), ...parts]);
  const names = [u16(outline.access), u16(pool.class(outline.name)), u16(pool.class(outline.superclass))];
  const interfaces = counted(outline.interfaces.map((name) => u16(pool.class(name))));
  const fields = counted(
    outline.members.filter(({ isMethod }) => !isMethod).map((each) => writeMember(pool, each, outline)),
  );
  const methods = counted(
    outline.members.filter(({ isMethod }) => isMethod).map((each) => writeMember(pool, each, outline)),
  );
  const attributes: Buffer[] = [];
  if (outline.signature !== null) {
    attributes.push(Buffer.concat([u16(pool.utf8("Signature")), u32(2), u16(pool.utf8(outline.signature))]));
  }
  if (outline.nested.length > 0) {
    const rows = outline.nested.map((each) =>
      Buffer.concat([
        u16(pool.class(each.name)),
        u16(pool.class(each.outer)),
        u16(pool.utf8(each.simpleName)),
        u16(each.access),
      ]),
    );
    const content = counted(rows);
    attributes.push(Buffer.concat([u16(pool.utf8("InnerClasses")), u32(content.length), content]));
  }
  const head = Buffer.from("cafebabe00000034", "hex");
  return Buffer.concat([head, pool.write(), ...names, interfaces, fields, methods, counted(attributes)]);
}
