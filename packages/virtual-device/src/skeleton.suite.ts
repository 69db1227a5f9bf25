/**
 * A skeleton is what stays of a DER or CBOR text when the values are taken out: tags, order, object identifiers, map keys and lengths.
 * Lengths of names, texts, times and signatures are left out: they vary between any two genuine devices.
 */

interface Element {
  readonly tag: string;
  readonly constructed: boolean;
  readonly content: Uint8Array;
  readonly end: number;
}

const variable = new Set(["0c", "13", "16", "17", "18"]);

function readElement(bytes: Uint8Array, at: number): Element {
  const first = bytes[at] ?? Number.NaN;
  let cursor = at + 1;
  if ((first & 0x1f) === 0x1f) {
    while (((bytes[cursor] ?? 0) & 0x80) !== 0) cursor += 1;
    cursor += 1;
  }
  const tag = Buffer.from(bytes.subarray(at, cursor)).toString("hex");
  const constructed = (first & 0x20) !== 0;
  const lengthByte = bytes[cursor] ?? Number.NaN;
  cursor += 1;
  if (lengthByte === 0x80) {
    let end = cursor;
    while (bytes[end] !== 0 || bytes[end + 1] !== 0) end = readElement(bytes, end).end;
    return { tag: `${tag}~`, constructed, content: bytes.subarray(cursor, end), end: end + 2 };
  }
  let length = lengthByte;
  if (lengthByte > 0x80) {
    length = 0;
    for (let left = lengthByte & 0x7f; left > 0; left -= 1) {
      length = length * 256 + (bytes[cursor] ?? Number.NaN);
      cursor += 1;
    }
  }
  const end = cursor + length;
  if (!(end <= bytes.length)) throw new Error("not DER");
  return { tag, constructed, content: bytes.subarray(cursor, end), end };
}

export function children(content: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < content.length; ) {
    const element = readElement(content, at);
    found.push(element);
    at = element.end;
  }
  return found;
}

/** The elements inside an OCTET STRING or BIT STRING, or null where it holds no DER. */
function nested(content: Uint8Array): Element[] | null {
  if (content.length < 2) return null;
  try {
    const inner = children(content);
    return inner.every((element) => /^(0[1-6ac]|1[37]|3[01]|a|bf)/.test(element.tag)) ? inner : null;
  } catch {
    return null;
  }
}

/** `exempt` names paths of child indices whose length is the test's own choice, such as a challenge. */
export function skeletonOf(elements: readonly Element[], path: string, exempt: readonly string[]): string[] {
  const lines: string[] = [];
  for (const [index, element] of elements.entries()) {
    const here = path === "" ? `${index}` : `${path}.${index}`;
    const line = `${"  ".repeat(here.split(".").length - 1)}${element.tag}`;
    const held = Buffer.from(element.content);
    if (element.tag === "06") lines.push(`${line} ${held.toString("hex")}`);
    else if (variable.has(element.tag) || exempt.includes(here)) lines.push(line);
    else if (element.constructed) {
      const inner = skeletonOf(children(element.content), here, exempt);
      // SET OF: equal elements count once, so {SIGN} and {SIGN, VERIFY} have one skeleton.
      lines.push(line, ...(element.tag === "31" && new Set(inner).size === 1 ? inner.slice(0, 1) : inner));
    } else if (element.tag === "02") {
      lines.push(`${line} ${held[0] === 0 && held.length > 1 ? held.length - 1 : held.length}`);
    } else if (element.tag === "04" || element.tag === "03") {
      const inner = nested(element.tag === "03" ? element.content.subarray(1) : element.content);
      const signature = inner?.length === 1 && inner[0] !== undefined && isEcdsaSignature(inner[0]);
      if (signature) lines.push(`${line} signature`);
      else if (inner === null) lines.push(`${line} ${held.length}`);
      else lines.push(line, ...skeletonOf(inner, here, exempt));
    } else lines.push(`${line} ${held.length}`);
  }
  return lines;
}

function isEcdsaSignature(element: Element): boolean {
  if (element.tag !== "30") return false;
  const parts = children(element.content);
  return parts.length === 2 && parts.every((part) => part.tag === "02" && part.content.length > 24);
}

export function derSkeleton(der: Uint8Array, exempt: readonly string[] = []): string {
  return skeletonOf(children(der), "", exempt).join("\n");
}

/** Reads one CBOR item into a skeleton: map keys by value, strings by length. */
export function cborSkeleton(bytes: Uint8Array): { lines: string; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = (at: number, key: boolean): { text: string; end: number } => {
    const first = view.getUint8(at);
    const [major, info] = [first >> 5, first & 31];
    const sizes: Record<number, number> = { 24: 1, 25: 2, 26: 4 };
    const extra = info < 24 ? 0 : (sizes[info] ?? Number.NaN);
    const argument =
      info < 24
        ? info
        : extra === 1
          ? view.getUint8(at + 1)
          : extra === 2
            ? view.getUint16(at + 1)
            : view.getUint32(at + 1);
    let cursor = at + 1 + extra;
    if (major === 0) return { text: `${argument}`, end: cursor };
    if (major === 1) return { text: `${-1 - argument}`, end: cursor };
    if (major === 2 || major === 3) {
      const value = Buffer.from(bytes.subarray(cursor, cursor + argument));
      // Certificates, receipts and signatures vary in length; what is inside them is compared on its own.
      const size = argument > 68 && argument !== 164 && argument !== 226 ? "" : ` ${argument}`;
      return { text: key ? value.toString() : `${major === 2 ? "bytes" : "text"}${size}`, end: cursor + argument };
    }
    const parts: string[] = [];
    for (let left = argument; left > 0; left -= 1) {
      const name = major === 5 ? read(cursor, true) : null;
      const value = read(name?.end ?? cursor, false);
      parts.push(name === null ? value.text : `${name.text}: ${value.text}`);
      cursor = value.end;
    }
    return { text: major === 5 ? `{${parts.join(", ")}}` : `[${parts.join(", ")}]`, end: cursor };
  };
  const item = read(0, false);
  return { lines: item.text, end: item.end };
}

/** authenticatorData: header length, aaguid, credential id, then the COSE key and, from iOS 27, one map. */
export function authenticatorSkeleton(bytes: Uint8Array): string {
  const key = cborSkeleton(bytes.subarray(87));
  const rest = bytes.subarray(87 + key.end);
  const map = rest.length === 0 ? { lines: "nothing", end: 0 } : cborSkeleton(rest);
  return `${Buffer.from(bytes.subarray(37, 55)).toString("hex")} ${key.lines} ${map.lines} ${rest.length - map.end}`;
}
