import { decodeBase64url } from "./base64url.ts";
import { invalid, type Parsed, parsed } from "./parsed.ts";
import { isPoint } from "./point.ts";

/** Collects the first fault of one parse; reading goes on with harmless values, so a shape is written down as one expression. */
interface Sink {
  fault: string | null;
}

/** A string of at most `max` characters, of `pattern` where one is given. */
export interface StringRule {
  readonly max: number;
  readonly min?: number;
  readonly pattern?: RegExp;
}

const printable = /^[ -~\u00a0-\uffff]*$/;

/** Reads one value of a parsed JSON text by its documented type. Unknown members are never looked at; a wrong type is a fault. */
export class ValueReader {
  readonly #value: unknown;
  readonly #path: string;
  readonly #sink: Sink;

  constructor(value: unknown, path: string, sink: Sink) {
    this.#value = value;
    this.#path = path;
    this.#sink = sink;
  }

  /** Marks the value as wrong. The first fault wins. */
  fail(what: string): void {
    this.#sink.fault ??= `${this.#path} ${what}`;
  }

  string(rule: StringRule): string {
    if (typeof this.#value !== "string") this.fail("is not a string");
    else if (this.#value.length > rule.max || this.#value.length < (rule.min ?? 0)) this.fail("is of a wrong length");
    else if (!(rule.pattern ?? printable).test(this.#value)) this.fail("is not of the documented form");
    else return this.#value;
    return "";
  }

  /** One of these words; the first of them stands in after a fault, so name the harmless one first. */
  oneOf<const T extends string>(words: readonly [T, ...T[]]): T {
    for (const word of words) if (word === this.#value) return word;
    this.fail("is none of the documented words");
    return words[0];
  }

  /** The word, or null for any other string. */
  knownOf<const T extends string>(words: readonly T[]): T | null {
    for (const word of words) if (word === this.#value) return word;
    if (typeof this.#value !== "string") this.fail("is not a string");
    return null;
  }

  integer(min: number, max: number): number {
    const value = this.#value;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    this.fail("is not an integer in range");
    return min;
  }

  /** Decoded base64url of exactly `length` bytes, or of `min` to `max`. */
  bytes(length: number | { readonly min: number; readonly max: number }): Uint8Array {
    const { min, max } = typeof length === "number" ? { min: length, max: length } : length;
    const text = this.#value;
    if (typeof text === "string" && text.length <= Math.ceil((max * 4) / 3)) {
      const bytes = decodeBase64url(text);
      if (bytes !== null && bytes.length >= min && bytes.length <= max) return bytes;
    }
    this.fail("is not base64url of the documented length");
    return new Uint8Array(0);
  }

  /** The text of `bytes`, for members that stay text. */
  bytesText(length: number | { readonly min: number; readonly max: number }): string {
    this.bytes(length);
    return typeof this.#value === "string" ? this.#value : "";
  }

  /** Base64url of a P-256 point on the curve. */
  point(): Uint8Array {
    const bytes = this.bytes(65);
    if (bytes.length === 65 && !isPoint(bytes)) this.fail("is not a point of P-256");
    return bytes;
  }

  pointText(): string {
    this.point();
    return typeof this.#value === "string" ? this.#value : "";
  }

  #members(): object | null {
    const value = this.#value;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    this.fail("is not an object");
    return null;
  }

  #reader(members: object, name: string): ValueReader {
    const path = this.#path === "" ? name : `${this.#path}.${name}`;
    return new ValueReader(Object.getOwnPropertyDescriptor(members, name)?.value, path, this.#sink);
  }

  /** A member that must be there. */
  member(name: string): ValueReader {
    return this.#reader(this.#members() ?? {}, name);
  }

  /** A member that may be absent: null then. A member that is present as JSON null is of a wrong type. */
  optional(name: string): ValueReader | null {
    const members = this.#members();
    return members !== null && Object.hasOwn(members, name) ? this.#reader(members, name) : null;
  }

  /** The value read by `read`, or null where it is JSON null. */
  nullable<T>(read: (value: ValueReader) => T): T | null {
    return this.#value === null ? null : read(this);
  }

  boolean(): boolean {
    if (typeof this.#value !== "boolean") this.fail("is not true or false");
    return this.#value === true;
  }

  list<T>(bounds: { readonly min?: number; readonly max: number }, read: (item: ValueReader) => T): T[] {
    if (!Array.isArray(this.#value)) {
      this.fail("is not a list");
      return [];
    }
    const items: readonly unknown[] = this.#value;
    if (items.length > bounds.max || items.length < (bounds.min ?? 0)) {
      this.fail("is a list of a wrong length");
      return [];
    }
    return items.map((item) => read(new ValueReader(item, `${this.#path}[]`, this.#sink)));
  }

  /** An object used as a map: names of the given form to values. */
  map<T>(bounds: { readonly max: number; readonly name: RegExp }, read: (value: ValueReader) => T): Record<string, T> {
    const entries = Object.entries(this.#members() ?? {});
    if (entries.length > bounds.max) {
      this.fail("has too many members");
      return {};
    }
    if (entries.some(([name]) => !bounds.name.test(name))) this.fail("has a member name of a wrong form");
    return Object.fromEntries(
      entries.map(([name, value]: [string, unknown]) => [
        name,
        read(new ValueReader(value, `${this.#path}.*`, this.#sink)),
      ]),
    );
  }
}

/** Reads a parsed JSON value by a documented shape. `version` demands `v: 1` before anything else (`unsupported_version`). */
export function readShape<T>(value: unknown, shape: (root: ValueReader) => T, version = true): Parsed<T> {
  const sink: Sink = { fault: null };
  const root = new ValueReader(value, "", sink);
  if (version) {
    const spoken = root.member("v").integer(0, Number.MAX_SAFE_INTEGER);
    if (sink.fault !== null) return invalid("malformed", sink.fault);
    if (spoken !== 1) return invalid("unsupported_version", "v is not 1");
  }
  const result = shape(root);
  return sink.fault === null ? parsed(result) : invalid("malformed", sink.fault);
}
