import { work } from "../work.ts";

/** Universal tag numbers (X.680 §8.4) that certificates and key descriptions use. */
export const derTag = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  enumerated: 10,
  utf8String: 12,
  sequence: 16,
  set: 17,
  printableString: 19,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
} as const;

/** One tag-length-value of DER. `raw` is the whole element, `value` its contents; both are views on the input. */
export interface DerElement {
  readonly tagClass: "universal" | "application" | "context" | "private";
  readonly constructed: boolean;
  readonly tagNumber: number;
  readonly value: Uint8Array;
  readonly raw: Uint8Array;
}

const tagClasses = ["universal", "application", "context", "private"] as const;

/**
 * Reads exactly one DER element (X.690 §8, §10): definite and minimal lengths, minimal tag numbers, nothing after it.
 * Never throws and never recurses: nesting is read level by level with `derChildren`. Null where the bytes are anything else.
 */
export function parseDer(bytes: Uint8Array): DerElement | null {
  const element = readElement(bytes, 0);
  return element !== null && element.end === bytes.length ? element : null;
}

/** The elements inside a constructed element, one level deep; null where it is primitive or its contents are not whole elements. */
export function derChildren(element: DerElement): readonly DerElement[] | null {
  if (!element.constructed) return null;
  return element instanceof Element
    ? readChildren(element.bytes, element.contents, element.end)
    : readChildren(element.value, 0, element.value.length);
}

function readChildren(bytes: Uint8Array, start: number, end: number): readonly DerElement[] | null {
  const children: DerElement[] = [];
  for (let offset = start; offset < end; ) {
    const child = readWithin(bytes, offset, end);
    if (child === null) return null;
    children.push(child);
    offset = child.end;
  }
  return children;
}

/** The elements of a SEQUENCE (or of the universal constructed type named); null for every other element. */
export function derSequence(
  element: DerElement | null | undefined,
  tagNumber: number = derTag.sequence,
): readonly DerElement[] | null {
  if (!element?.constructed || !isUniversal(element, tagNumber)) return null;
  return derChildren(element);
}

/** True where `element` is of this universal type. */
export function isUniversal(element: DerElement, tagNumber: number): boolean {
  return element.tagClass === "universal" && element.tagNumber === tagNumber;
}

/** The one element inside the EXPLICIT context tag `element`, else null. */
export function derExplicit(element: DerElement): DerElement | null {
  const children = element.tagClass === "context" ? derChildren(element) : null;
  return children?.length === 1 ? (children[0] ?? null) : null;
}

/** The element that begins at `start`; what follows it is not looked at. */
export function readElement(bytes: Uint8Array, start: number): (DerElement & { readonly end: number }) | null {
  return readWithin(bytes, start, bytes.length);
}

/** The element that begins at `start` and ends at `limit` or before; what it reads beyond, that check refuses. */
function readWithin(bytes: Uint8Array, start: number, limit: number): Element | null {
  work.derElements += 1;
  const first = bytes[start];
  if (first === undefined || start >= limit) return null;
  let tagNumber = first & 0x1f;
  let next = start + 1;
  if (tagNumber === 0x1f) {
    tagNumber = highTagNumber(bytes, next);
    if (tagNumber < 0) return null;
    next += tagNumber < 2 ** 7 ? 1 : tagNumber < 2 ** 14 ? 2 : 3;
  }
  let length = bytes[next] ?? 0x80;
  next += 1;
  if (length >= 0x80) {
    // 0x80 is BER's indefinite length; four or more length bytes would exceed every bound on evidence.
    const count = length & 0x7f;
    length = count >= 1 && count <= 3 ? longLength(bytes, next, count) : -1;
    if (length < 0) return null;
    next += count;
  }
  return next + length <= limit ? new Element(bytes, first, tagNumber, start, next, next + length) : null;
}

/** Most elements are asked for their contents alone, or for nothing: the views are made when they are asked for. */
class Element implements DerElement {
  readonly tagClass: DerElement["tagClass"];
  readonly constructed: boolean;
  readonly tagNumber: number;
  readonly end: number;
  readonly bytes: Uint8Array;
  readonly contents: number;
  private readonly start: number;

  constructor(bytes: Uint8Array, first: number, tagNumber: number, start: number, contents: number, end: number) {
    this.tagClass = tagClasses[first >> 6] ?? "private";
    this.constructed = (first & 0x20) !== 0;
    this.tagNumber = tagNumber;
    this.end = end;
    this.bytes = bytes;
    this.start = start;
    this.contents = contents;
  }

  get value(): Uint8Array {
    return this.bytes.subarray(this.contents, this.end);
  }

  get raw(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }
}

/**
 * The high-tag-number form from its first group on: at most three groups of seven bits, without leading zeros and not below 31; the
 * highest tag of any known schema is 724. Below 0 for every other.
 */
function highTagNumber(bytes: Uint8Array, start: number): number {
  let tagNumber = 0;
  for (let next = start; next < start + 3; next += 1) {
    const group = bytes[next];
    if (group === undefined || (next === start && group === 0x80)) return -1;
    tagNumber = tagNumber * 128 + (group & 0x7f);
    if (group < 0x80) return tagNumber >= 0x1f ? tagNumber : -1;
  }
  return -1;
}

/** A length of `count` bytes in its shortest form; below 0 for every other. */
function longLength(bytes: Uint8Array, start: number, count: number): number {
  if (start + count > bytes.length) return -1;
  let length = 0;
  for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[start + index] ?? 0);
  return length >= 0x80 && length >= 256 ** (count - 1) ? length : -1;
}
