import { type DerElement, derTag, isUniversal, readElement } from "./element.ts";

/** Signed receipts nest six indefinite lengths. */
const maximumDepth = 8;

/**
 * Reads exactly one element of the one BER that Apple's receipts need: DER in which a constructed element may instead have an
 * indefinite length (X.690 §8.1.3.6). Every other freedom of BER is refused. Never throws; work is linear in the input, and nesting of
 * indefinite lengths is bounded. Null where the bytes are anything else.
 */
export function parseBer(bytes: Uint8Array): DerElement | null {
  const element = readBer(bytes, 0, 0);
  return element !== null && element.raw.length === bytes.length ? element : null;
}

/** The elements inside a constructed element, one level deep; null where it is primitive or its contents are not whole elements. */
export function berChildren(element: DerElement): readonly DerElement[] | null {
  if (!element.constructed) return null;
  const children: DerElement[] = [];
  for (let offset = 0; offset < element.value.length; ) {
    const child = readBer(element.value, offset, 0);
    if (child === null) return null;
    children.push(child);
    offset += child.raw.length;
  }
  return children;
}

/** The elements of a SEQUENCE (or of the universal constructed type named); null for every other element. */
export function berSequence(
  element: DerElement | null | undefined,
  tagNumber: number = derTag.sequence,
): readonly DerElement[] | null {
  return element && isUniversal(element, tagNumber) ? berChildren(element) : null;
}

/** The elements inside the context tag `tagNumber`; null for every other element. */
export function berContext(element: DerElement | undefined, tagNumber: number): readonly DerElement[] | null {
  return element?.tagClass === "context" && element.tagNumber === tagNumber ? berChildren(element) : null;
}

/** An OCTET STRING in one piece, or in pieces that are themselves in one piece (X.690 §8.7.3), put together; else null. */
export function berOctets(element: DerElement | undefined): Uint8Array | null {
  if (element === undefined || !isUniversal(element, derTag.octetString)) return null;
  if (!element.constructed) return element.value;
  const pieces = berChildren(element);
  const whole = pieces?.every((piece) => isUniversal(piece, derTag.octetString) && !piece.constructed);
  return pieces && whole ? new Uint8Array(Buffer.concat(pieces.map((piece) => piece.value))) : null;
}

function readBer(bytes: Uint8Array, start: number, depth: number): DerElement | null {
  // The identifier 0 is reserved for the end of contents, and that has none.
  if (bytes[start] === 0) return null;
  if (bytes[start + 1] !== 0x80) return readElement(bytes, start);
  // The same identifier over a length of nothing tells class, form and number.
  const head = readElement(Uint8Array.of(bytes[start] ?? 0, 0), 0);
  if (!head?.constructed || depth === maximumDepth) return null;
  let offset = start + 2;
  while (bytes[offset] !== 0 || bytes[offset + 1] !== 0) {
    const child = readBer(bytes, offset, depth + 1);
    if (child === null) return null;
    offset += child.raw.length;
  }
  return { ...head, value: bytes.subarray(start + 2, offset), raw: bytes.subarray(start, offset + 2) };
}
