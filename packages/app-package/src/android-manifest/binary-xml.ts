import { manifestWork } from "./manifest-work.ts";
import { parseStringPool, type StringPool } from "./string-pool.ts";

/** A start of an element that was asked for. */
export interface BinaryElement {
  readonly name: string;
  /** False where the element has no namespace, or an empty one. */
  readonly hasNamespace: boolean;
  /** 1 for the root. */
  readonly depth: number;
  readonly attributes: readonly BinaryAttribute[];
}

/** An attribute as it stands; indexes are into the string pool, 0xffffffff is none. */
export interface BinaryAttribute {
  readonly namespaceIndex: number;
  readonly nameIndex: number;
  /** What the resource map says of the name; 0 where it says nothing. */
  readonly resourceId: number;
  readonly rawIndex: number;
  readonly type: number;
  readonly data: number;
}

export interface BinaryXml {
  readonly strings: StringPool;
  /** The root, and every element of a name that was asked for, in order. */
  readonly elements: readonly BinaryElement[];
}

/** A document, or in words what is wrong with it. */
export type BinaryXmlRead =
  | { readonly ok: true; readonly value: BinaryXml }
  | { readonly ok: false; readonly code: "manifest_malformed" | "manifest_ambiguous"; readonly detail: string };

/** The index of no string. */
export const none = 0xffffffff;
const chunkType = { xml: 3, stringPool: 1, resourceMap: 0x180, startElement: 0x102, endElement: 0x103 };
const firstNode = 0x100;
const lastNode = 0x17f;
/** What a node of each known type holds after its header, at least. */
const nodeBytes = new Map([
  [0x100, 8],
  [0x101, 8],
  [0x102, 20],
  [0x103, 8],
  [0x104, 12],
]);

/**
 * Reads Android's binary XML as `ResXMLTree` of AOSP's androidfw and `AndroidBinXmlParser` of apksig both do: refused where either refuses,
 * and where they would read different documents. Chunks of unknown types are passed over, as by both.
 */
export function parseBinaryXml(bytes: Uint8Array, names: ReadonlySet<string>): BinaryXmlRead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const document = chunkAt(view, 0, bytes.length);
  if (document === null || document.type !== chunkType.xml) return malformed("no chunk of XML at the start");
  const end = document.size;

  let strings: StringPool | null = null;
  let resourceMap: DataView | null = null;
  let [inNodes, depth, closed] = [false, 0, false];
  const elements: BinaryElement[] = [];

  for (let at = document.headerSize; at < end; ) {
    manifestWork.steps++;
    const chunk = chunkAt(view, at, end);
    // Android stops at the root's end; apksig leaves the rest alone where it is cut off.
    if (chunk === null && closed && isCutOff(view, at, end)) break;
    if (chunk === null) return malformed(`no chunk at ${at}`);
    if (!closed && (chunk.headerSize % 4 !== 0 || chunk.size % 4 !== 0))
      return malformed(`a chunk at ${at} is not aligned`);
    const contents = at + chunk.headerSize;
    const next = at + chunk.size;
    const isNode = chunk.type >= firstNode && chunk.type <= lastNode;
    // `ResXMLTree::setTo` looks for the first node among the chunks that another follows.
    if (!inNodes && next === end) return malformed("no element is followed by another chunk");
    inNodes ||= isNode;
    if (inNodes && !closed && chunk.headerSize < 16) return malformed(`a node's header at ${at} is too short`);
    if (chunk.size - chunk.headerSize < (nodeBytes.get(chunk.type) ?? 0))
      return malformed(`a node at ${at} is too short`);

    if (chunk.type === chunkType.stringPool || chunk.type === chunkType.resourceMap) {
      // Android takes the last before the first node, apksig takes one wherever it stands and refuses a second.
      if (inNodes) return ambiguous("a string pool or a resource map stands among the elements");
      if (chunk.type === chunkType.stringPool) {
        if (strings !== null) return ambiguous("there are two string pools");
        strings = parseStringPool(bytes.subarray(at, next), chunk.headerSize);
        if (strings === null) return malformed("the string pool is broken");
      } else {
        if (resourceMap !== null) return ambiguous("there are two resource maps");
        resourceMap = new DataView(view.buffer, view.byteOffset + contents, next - contents);
      }
    } else if (isNode && strings === null) {
      return malformed("an element stands before the string pool");
    } else if (strings !== null && chunk.type === chunkType.startElement) {
      if (closed) return ambiguous("an element stands after the root");
      depth++;
      const name = readName(view, contents, strings);
      if (name === null) return malformed(`the name at ${at} cannot be read`);
      const place = attributesAt(view, contents, next);
      if (place === null) return malformed(`attributes of the element at ${at} do not fit into it`);
      if (elements.length === 0 || names.has(name.local)) {
        const attributes = readAttributes(view, place, resourceMap);
        elements.push({ name: name.local, hasNamespace: name.namespace !== "", depth, attributes });
      }
    } else if (strings !== null && chunk.type === chunkType.endElement) {
      if (depth === 0) return ambiguous("an element ends that did not begin");
      if (readName(view, contents, strings) === null) return malformed(`the name at ${at} cannot be read`);
      depth--;
      closed = depth === 0;
    }
    at = next;
  }
  if (strings === null || elements.length === 0) return malformed("there is no element");
  return { ok: true, value: { strings, elements } };
}

interface Chunk {
  readonly type: number;
  readonly headerSize: number;
  readonly size: number;
}

/** The header of a chunk that lies within `end`; null where there is none. */
function chunkAt(view: DataView, at: number, end: number): Chunk | null {
  if (at + 8 > end) return null;
  const [type, headerSize, size] = [
    view.getUint16(at, true),
    view.getUint16(at + 2, true),
    view.getUint32(at + 4, true),
  ];
  return headerSize >= 8 && headerSize <= size && at + size <= end ? { type, headerSize, size } : null;
}

/** Whether too little is left for a chunk, or for the one that is announced. */
function isCutOff(view: DataView, at: number, end: number): boolean {
  return at + 8 > end || at + view.getUint32(at + 4, true) > end;
}

/** Namespace and name of an element, with which the contents of its start and of its end begin. */
function readName(view: DataView, contents: number, strings: StringPool) {
  const namespaceIndex = view.getUint32(contents, true);
  const namespace = namespaceIndex === none ? "" : strings.read(namespaceIndex);
  const local = strings.read(view.getUint32(contents + 4, true));
  return namespace === null || local === null ? null : { namespace, local };
}

interface AttributesPlace {
  readonly start: number;
  readonly stride: number;
  readonly count: number;
}

/** Where the attributes stand: counted from the node's contents, each at least the 20 bytes that are read of it. */
function attributesAt(view: DataView, contents: number, end: number): AttributesPlace | null {
  const [offset, stride, count] = [8, 10, 12].map((at) => view.getUint16(contents + at, true)) as [
    number,
    number,
    number,
  ];
  const start = contents + offset;
  if (start + stride * count > end || (count > 0 && stride < 20)) return null;
  return { start, stride, count };
}

function readAttributes(view: DataView, place: AttributesPlace, map: DataView | null): readonly BinaryAttribute[] {
  manifestWork.steps += place.count;
  return Array.from({ length: place.count }, (_, index) => {
    const at = place.start + index * place.stride;
    const nameIndex = view.getUint32(at + 4, true);
    const inMap = map !== null && 4 * nameIndex + 4 <= map.byteLength;
    return {
      namespaceIndex: view.getUint32(at, true),
      nameIndex,
      resourceId: inMap ? map.getUint32(4 * nameIndex, true) : 0,
      rawIndex: view.getUint32(at + 8, true),
      type: view.getUint8(at + 15),
      data: view.getUint32(at + 16, true),
    };
  });
}

function malformed(detail: string): BinaryXmlRead {
  return { ok: false, code: "manifest_malformed", detail };
}

function ambiguous(detail: string): BinaryXmlRead {
  return { ok: false, code: "manifest_ambiguous", detail };
}
