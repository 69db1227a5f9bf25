import { work } from "./work.ts";

/** What evidence may hold: no tags, no floating point, no `undefined`. */
export type CborValue =
  | number
  | bigint
  | boolean
  | null
  | string
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<CborValue, CborValue>;

/** The value, or the first thing that is wrong with the bytes. */
export type ParsedCbor =
  | { readonly ok: true; readonly value: CborValue }
  | { readonly ok: false; readonly problem: string };

const deepest = 8;
const mostItems = 1024;

/** What the bytes are not. Caught in `parseCbor`, which is the only way in. */
class CborProblem extends Error {}

const fatalUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads items one after the other; the depth is bounded before anything recurses. */
class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #items = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  whole(): CborValue {
    const value = this.#item(1);
    const rest = this.#bytes.length - this.#offset;
    if (rest > 0) throw new CborProblem(`${rest} bytes after the item`);
    return value;
  }

  #item(depth: number): CborValue {
    const start = this.#offset;
    const first = this.#bytes[start];
    if (first === undefined) throw new CborProblem(`cut off at byte ${start}`);
    if (depth > deepest) throw new CborProblem(`nested deeper than ${deepest} levels at byte ${start}`);
    this.#items += 1;
    work.cborItems += 1;
    if (this.#items > mostItems) throw new CborProblem(`more than ${mostItems} items`);
    this.#offset += 1;
    const major = first >> 5;
    if (major === 7) return toSimple(first, start);
    const argument = this.#argument(first & 0x1f, start);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return Number.isSafeInteger(-1 - Number(argument)) ? -1 - Number(argument) : -1n - BigInt(argument);
      case 2:
        return this.#take(argument, start);
      case 3:
        return toText(this.#take(argument, start), start);
      case 4:
        return this.#array(argument, depth, start);
      case 5:
        return this.#map(argument, depth, start);
      default:
        throw new CborProblem(`a tag at byte ${start}`);
    }
  }

  /** The head's argument (RFC 8949 §3) in its shortest form. */
  #argument(info: number, start: number): number | bigint {
    if (info < 24) return info;
    if (info === 31) throw new CborProblem(`an indefinite length at byte ${start}`);
    if (info > 27) throw new CborProblem(`a reserved head at byte ${start}`);
    const size = 2 ** (info - 24);
    let value = 0;
    let wide = 0n;
    for (const byte of this.#take(size, start)) {
      value = value * 256 + byte;
      wide = (wide << 8n) | BigInt(byte);
    }
    const smallest = size === 1 ? 24 : 256 ** (size / 2);
    if (value < smallest) throw new CborProblem(`a number or length that is not in its shortest form at byte ${start}`);
    return Number.isSafeInteger(value) ? value : wide;
  }

  #take(count: number | bigint, start: number): Uint8Array {
    const end = this.#offset + Number(count);
    if (end > this.#bytes.length) throw new CborProblem(`contents cut off, of the item at byte ${start}`);
    const part = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return part;
  }

  #array(count: number | bigint, depth: number, start: number): readonly CborValue[] {
    this.#assertRoom(count, 1, start);
    const items: CborValue[] = [];
    for (let index = 0; index < count; index += 1) items.push(this.#item(depth + 1));
    return items;
  }

  #map(count: number | bigint, depth: number, start: number): ReadonlyMap<CborValue, CborValue> {
    this.#assertRoom(count, 2, start);
    const map = new Map<CborValue, CborValue>();
    for (let index = 0; index < count; index += 1) {
      const at = this.#offset;
      const key = this.#item(depth + 1);
      if (typeof key !== "string" && typeof key !== "number")
        throw new CborProblem(`a map key that is neither text nor a number at byte ${at}`);
      if (map.has(key)) throw new CborProblem(`a map key that stands twice at byte ${at}`);
      map.set(key, this.#item(depth + 1));
    }
    return map;
  }

  /** An item is at least one byte, so a count beyond the bytes left is refused before anything is read for it. */
  #assertRoom(count: number | bigint, bytesEach: number, start: number): void {
    if (BigInt(count) * BigInt(bytesEach) > BigInt(this.#bytes.length - this.#offset))
      throw new CborProblem(`more entries than bytes, in the item at byte ${start}`);
  }
}

function toSimple(first: number, start: number): boolean | null {
  if (first === 0xf4) return false;
  if (first === 0xf5) return true;
  if (first === 0xf6) return null;
  throw new CborProblem(`${first === 0xff ? "a break" : "a float or an unknown simple value"} at byte ${start}`);
}

function toText(bytes: Uint8Array, start: number): string {
  try {
    return fatalUtf8.decode(bytes);
  } catch {
    throw new CborProblem(`text that is not UTF-8 at byte ${start}`);
  }
}

/**
 * Reads exactly one CBOR item, deterministically encoded as far as a verifier needs it (RFC 8949 §4.2): definite lengths, shortest
 * heads, no repeated map key, nothing after it; at most 8 levels and 1,024 items. Byte strings are views on the input. Never throws.
 */
export function parseCbor(bytes: Uint8Array): ParsedCbor {
  try {
    return { ok: true, value: new Reader(bytes).whole() };
  } catch (error) {
    if (error instanceof CborProblem) return { ok: false, problem: error.message };
    throw error;
  }
}

/** Reads exactly one strict CBOR map with text keys and nothing after it, else null. */
export function parseCborMap(bytes: Uint8Array): ReadonlyMap<string, unknown> | null {
  const parsed = parseCbor(bytes);
  return parsed.ok ? toTextMap(parsed.value) : null;
}

/** `value` as a map with text keys, else null. */
export function toTextMap(value: unknown): ReadonlyMap<string, unknown> | null {
  if (!(value instanceof Map)) return null;
  for (const key of value.keys()) if (typeof key !== "string") return null;
  return value;
}
