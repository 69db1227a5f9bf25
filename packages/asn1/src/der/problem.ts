import { derTag } from "./element.ts";

const deepest = 64;

/** An element whose contents are being walked. */
interface Open {
  readonly name: string;
  readonly end: number;
}

/**
 * The first thing that keeps `bytes` from being exactly one DER element all of whose constructed elements hold whole elements, named with
 * its place; null where nothing does. For people: the reader refuses the same, without saying why.
 */
export function derProblem(bytes: Uint8Array): string | null {
  const open: Open[] = [{ name: "the input", end: bytes.length }];
  let offset = 0;
  let elements = 0;
  for (let inside = open.at(-1); inside !== undefined; inside = open.at(-1)) {
    if (offset === inside.end) {
      if (open.length === 1) return elements === 0 ? "no bytes" : null;
      open.pop();
      if (open.length === 1 && offset < bytes.length) return `${bytes.length - offset} bytes after the element`;
      continue;
    }
    const head = readHead(bytes, offset);
    if (typeof head === "string") return `${head} at byte ${offset}`;
    if (head.end > inside.end) return `${head.name} at byte ${offset} is cut off: it ends beyond ${inside.name}`;
    elements += 1;
    if (head.constructed && open.length > deepest) return `nested deeper than ${deepest} levels at byte ${offset}`;
    if (head.constructed || open.length === 1) open.push({ name: `the ${head.name} at byte ${offset}`, end: head.end });
    offset = head.constructed ? head.contents : head.end;
  }
  return null;
}

const universalNames = new Map<number, string>([
  [derTag.boolean, "BOOLEAN"],
  [derTag.integer, "INTEGER"],
  [derTag.bitString, "BIT STRING"],
  [derTag.octetString, "OCTET STRING"],
  [derTag.oid, "OBJECT IDENTIFIER"],
  [derTag.enumerated, "ENUMERATED"],
  [derTag.sequence, "SEQUENCE"],
  [derTag.set, "SET"],
]);

interface Head {
  readonly name: string;
  readonly constructed: boolean;
  readonly contents: number;
  readonly end: number;
}

function readHead(bytes: Uint8Array, start: number): Head | string {
  const first = bytes[start] ?? 0;
  let next = start + 1;
  let tag = first & 0x1f;
  if (tag === 0x1f) {
    tag = 0;
    const from = next;
    for (let group = 0x80; group >= 0x80; next += 1) {
      if (next === from + 3) return "a tag number of more than three groups";
      group = bytes[next] ?? -1;
      if (group < 0) return "a tag that is cut off";
      if (next === from && group === 0x80) return "a tag number that is not in its shortest form";
      tag = tag * 128 + (group & 0x7f);
    }
    if (tag < 0x1f) return "a tag number that is not in its shortest form";
  }
  const name = (first >> 6 === 0 ? universalNames.get(tag) : `context tag ${tag}`) ?? `element of tag ${tag}`;
  const length = bytes[next];
  if (length === undefined) return `${name} without a length`;
  next += 1;
  const head = { name, constructed: (first & 0x20) !== 0 };
  if (length < 0x80) return { ...head, contents: next, end: next + length };
  const count = length & 0x7f;
  if (count === 0) return `${name} of indefinite length`;
  if (count > 3) return `${name} with a length of more than three bytes`;
  if (next + count > bytes.length) return `${name} with a length that is cut off`;
  let long = 0;
  for (const byte of bytes.subarray(next, next + count)) long = long * 256 + byte;
  if (long < 0x80 || long < 256 ** (count - 1)) return `${name} with a length that is not in its shortest form`;
  return { ...head, contents: next + count, end: next + count + long };
}
