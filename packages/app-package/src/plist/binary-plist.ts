import { type PlistValue, plistLimits } from "./plist-value.ts";

const HEADER_BYTES = 8;
const TRAILER_BYTES = 32;
// Core Foundation counts seconds from here.
const appleEpochMs = Date.UTC(2001, 0, 1);

/** True where the bytes begin as a binary property list of the one version there is. */
export function isBinaryPlist(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && Buffer.from(bytes.subarray(0, HEADER_BYTES)).toString("latin1") === "bplist00";
}

/**
 * Reads a binary property list (`bplist00`: CFBinaryPList.c says the format). Objects are referenced by number, so that a few bytes can name
 * one another without end: every value that comes out is counted against one budget, depth is bounded, and texts and data, which stand once each
 * however often they are named, are together no longer than the file. Null where the bytes are anything else.
 */
export function parseBinaryPlist(bytes: Uint8Array): PlistValue | null {
  if (!isBinaryPlist(bytes) || bytes.length < HEADER_BYTES + TRAILER_BYTES) return null;
  try {
    return new Reader(bytes).root();
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

class Malformed extends Error {}

class Reader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly offsetBytes: number;
  private readonly referenceBytes: number;
  private readonly objects: number;
  private readonly top: number;
  private readonly table: number;
  private budget: number = plistLimits.values;
  private contentBytes: number;
  private readonly contents = new Map<number, string | Uint8Array>();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.contentBytes = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const trailer = bytes.length - TRAILER_BYTES;
    this.offsetBytes = this.view.getUint8(trailer + 6);
    this.referenceBytes = this.view.getUint8(trailer + 7);
    this.objects = this.count(trailer + 8, 8);
    this.top = this.count(trailer + 16, 8);
    this.table = this.count(trailer + 24, 8);
    const isInside = this.table >= HEADER_BYTES && this.table + this.objects * this.offsetBytes <= trailer;
    if (!isWidth(this.offsetBytes) || !isWidth(this.referenceBytes) || !isInside) throw new Malformed();
  }

  root(): PlistValue {
    this.charge(1);
    return this.object(this.top, 0);
  }

  private object(reference: number, depth: number): PlistValue {
    if (reference >= this.objects || depth > plistLimits.depth) throw new Malformed();
    const offset = this.count(this.table + reference * this.offsetBytes, this.offsetBytes);
    const marker = this.byte(offset);
    const low = marker & 0x0f;
    switch (marker >> 4) {
      case 0x0:
        if (low !== 8 && low !== 9) throw new Malformed();
        return low === 9;
      case 0x1:
        return this.integer(offset + 1, 2 ** low);
      case 0x2:
        return this.real(offset + 1, 2 ** low);
      case 0x3:
        if (low !== 3) throw new Malformed();
        return this.date(offset + 1);
      case 0x4:
      case 0x5:
      case 0x6:
        return this.content(offset, marker >> 4, low);
      case 0x8:
        // A UID: of keyed archives, and nothing that an app's own lists hold.
        throw new Malformed();
      case 0xa:
        return this.references(this.sized(offset, low, this.referenceBytes)).map((item) =>
          this.object(item, depth + 1),
        );
      case 0xd:
        return this.dictionary(this.sized(offset, low, 2 * this.referenceBytes), depth);
      default:
        throw new Malformed();
    }
  }

  /** Text or data, made once for each place it stands at. */
  private content(offset: number, kind: number, low: number): string | Uint8Array {
    const known = this.contents.get(offset);
    if (known !== undefined) return known;
    const bytes = Buffer.from(this.sized(offset, low, kind === 0x6 ? 2 : 1));
    this.contentBytes -= bytes.length;
    if (this.contentBytes < 0) throw new Malformed();
    const made =
      kind === 0x4
        ? new Uint8Array(bytes)
        : kind === 0x5
          ? bytes.toString("latin1")
          : bytes.swap16().toString("utf16le");
    this.contents.set(offset, made);
    return made;
  }

  private date(offset: number): Date {
    const date = new Date(appleEpochMs + this.real(offset, 8) * 1000);
    if (Number.isNaN(date.getTime())) throw new Malformed();
    return date;
  }

  private dictionary(contents: Uint8Array, depth: number): PlistValue {
    const half = contents.length / 2;
    const keys = this.references(contents.subarray(0, half));
    const values = this.references(contents.subarray(half));
    const dictionary = new Map<string, PlistValue>();
    keys.forEach((keyReference, index) => {
      const key = this.object(keyReference, depth + 1);
      // A key that stands twice has no single value.
      if (typeof key !== "string" || dictionary.has(key)) throw new Malformed();
      dictionary.set(key, this.object(values[index] ?? this.objects, depth + 1));
    });
    return dictionary;
  }

  private references(contents: Uint8Array): readonly number[] {
    const start = contents.byteOffset - this.bytes.byteOffset;
    const found: number[] = [];
    // Before they are listed: each level of a list that holds itself would else take its whole length again.
    this.charge(contents.length / this.referenceBytes);
    for (let at = start; at < start + contents.length; at += this.referenceBytes) {
      found.push(this.count(at, this.referenceBytes));
    }
    return found;
  }

  /** The contents of an object whose count stands in its marker, or in an integer after it. */
  private sized(offset: number, low: number, unitBytes: number): Uint8Array {
    if (low !== 0x0f) return this.slice(offset + 1, low * unitBytes);
    const marker = this.byte(offset + 1);
    const width = 2 ** (marker & 0x0f);
    if (marker >> 4 !== 0x1 || width > 8) throw new Malformed();
    return this.slice(offset + 2 + width, this.count(offset + 2, width) * unitBytes);
  }

  private integer(offset: number, width: number): number | bigint {
    if (width > 16) throw new Malformed();
    // Core Foundation reads 1, 2 and 4 bytes as unsigned, 8 and 16 as signed.
    const magnitude = BigInt(`0x${Buffer.from(this.slice(offset, width)).toString("hex")}`);
    const value = width >= 8 ? BigInt.asIntN(width * 8, magnitude) : magnitude;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  private real(offset: number, width: number): number {
    this.slice(offset, width);
    if (width === 4) return this.view.getFloat32(offset);
    if (width === 8) return this.view.getFloat64(offset);
    throw new Malformed();
  }

  /** An unsigned number that is an offset, a count or a reference. */
  private count(offset: number, width: number): number {
    const value = Number.parseInt(Buffer.from(this.slice(offset, width)).toString("hex"), 16);
    if (!Number.isSafeInteger(value)) throw new Malformed();
    return value;
  }

  private charge(values: number): void {
    this.budget -= values;
    if (this.budget < 0) throw new Malformed();
  }

  private byte(offset: number): number {
    return this.slice(offset, 1)[0] ?? 0;
  }

  private slice(offset: number, length: number): Uint8Array {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.bytes.length)) throw new Malformed();
    return this.bytes.subarray(offset, offset + length);
  }
}

function isWidth(bytes: number): boolean {
  return bytes >= 1 && bytes <= 8;
}
