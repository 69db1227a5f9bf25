import { type DerElement, derTag, isUniversal, work } from "@countersign/asn1";

/** Certificates and signature blocks nest about ten levels. */
const maximumDepth = 32;

const tagClasses = ["universal", "application", "context", "private"] as const;

/**
 * Reads the BER element (X.690 §8.1) at `start`; what follows it is not looked at. It takes what Android takes in a signature block and in
 * a certificate: lengths of any form up to four bytes, minimal or not, and the indefinite form of a constructed element. The indefinite
 * form of a primitive element, which is no BER, is refused. Never throws; work is linear in the input. Null where there is no element.
 */
export function readBerElement(bytes: Uint8Array, start = 0): DerElement | null {
  return readAt(bytes, start, 0);
}

/** The elements inside a constructed element, one level deep; null where it is primitive or its contents are not whole elements. */
export function berElements(element: DerElement): readonly DerElement[] | null {
  if (!element.constructed) return null;
  const children: DerElement[] = [];
  for (let offset = 0; offset < element.value.length; ) {
    const child = readAt(element.value, offset, 0);
    if (child === null) return null;
    children.push(child);
    offset += child.raw.length;
  }
  return children;
}

/** The elements of a constructed element of this universal type; null for every other element. */
export function berSequenceOf(
  element: DerElement | null | undefined,
  tagNumber: number = derTag.sequence,
): readonly DerElement[] | null {
  return element && isUniversal(element, tagNumber) ? berElements(element) : null;
}

/** The one element inside the EXPLICIT context tag `tagNumber`, else null. */
export function berExplicit(element: DerElement | undefined, tagNumber: number): DerElement | null {
  if (!isContext(element, tagNumber)) return null;
  return berElements(element)?.[0] ?? null;
}

/** True where the element is context tag `tagNumber`. */
export function isContext(element: DerElement | undefined, tagNumber: number): element is DerElement {
  return element?.tagClass === "context" && element.tagNumber === tagNumber;
}

/**
 * The element with every length in its shortest definite form. Values of primitive elements stay as they are, so this is the DER of a
 * certificate whose lengths alone are not. Null where it nests too deeply or holds no whole elements.
 */
export function toDerLengths(element: DerElement, depth = 0): Uint8Array | null {
  if (element.tagNumber > 30 || depth > maximumDepth) return null;
  if (!element.constructed) return encode(element, element.value);
  const children: Uint8Array[] = [];
  for (const child of berElements(element) ?? [null]) {
    const encoded = child === null ? null : toDerLengths(child, depth + 1);
    if (encoded === null) return null;
    children.push(encoded);
  }
  return encode(element, Buffer.concat(children));
}

function encode(element: DerElement, value: Uint8Array): Uint8Array {
  return derOf(element.raw[0] ?? 0, value);
}

/** The DER of one element of a one-byte identifier. */
export function derOf(identifier: number, value: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = value.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  const head = value.length < 0x80 ? [value.length] : [0x80 | length.length, ...length];
  return new Uint8Array(Buffer.concat([Buffer.of(identifier, ...head), value]));
}

function readAt(bytes: Uint8Array, start: number, depth: number): DerElement | null {
  work.derElements += 1;
  const first = bytes[start];
  if (first === undefined || depth > maximumDepth) return null;
  let next = start + 1;
  let tagNumber = first & 0x1f;
  if (tagNumber === 0x1f) {
    tagNumber = 0;
    for (let group = 0x80; group >= 0x80; next += 1) {
      group = bytes[next] ?? -1;
      if (group < 0 || tagNumber >= 2 ** 21) return null;
      tagNumber = tagNumber * 128 + (group & 0x7f);
    }
  }
  const head = { tagClass: tagClasses[first >> 6] ?? "private", constructed: (first & 0x20) !== 0, tagNumber };
  const length = bytes[next];
  next += 1;
  if (length === undefined) return null;
  if (length === 0x80) {
    const end = head.constructed ? endOfContents(bytes, next, depth) : -1;
    return end < 0 ? null : { ...head, value: bytes.subarray(next, end), raw: bytes.subarray(start, end + 2) };
  }
  let count = length;
  if (length > 0x80) {
    const contents = next + (length & 0x7f);
    if (length > 0x84 || contents > bytes.length) return null;
    count = 0;
    for (; next < contents; next += 1) count = count * 256 + (bytes[next] ?? 0);
  }
  const end = next + count;
  return end > bytes.length ? null : { ...head, value: bytes.subarray(next, end), raw: bytes.subarray(start, end) };
}

/** Where the two zero bytes stand that end an indefinite length; below 0 where there are none. */
function endOfContents(bytes: Uint8Array, start: number, depth: number): number {
  let offset = start;
  while (bytes[offset] !== 0 || bytes[offset + 1] !== 0) {
    const child = readAt(bytes, offset, depth + 1);
    if (child === null) return -1;
    offset += child.raw.length;
  }
  return offset;
}
