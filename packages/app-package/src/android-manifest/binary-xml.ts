import { attributesAt, type BinaryAttribute, type Chunk, chunkAt, isCutOff, readAttributes } from "./chunk.ts";
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
  const reader = new DocumentReader(bytes, view, names);
  for (let at = document.headerSize; at < document.size; ) {
    manifestWork.steps++;
    const chunk = chunkAt(view, at, document.size);
    // Android stops at the root's end; apksig leaves the rest alone where it is cut off.
    if (chunk === null && reader.closed && isCutOff(view, at, document.size)) break;
    if (chunk === null) return malformed(`no chunk at ${at}`);
    const refusal = reader.take(chunk, at, document.size);
    if (refusal !== null) return refusal;
    at += chunk.size;
  }
  const { strings, elements } = reader;
  if (strings === null || elements.length === 0) return malformed("there is no element");
  return { ok: true, value: { strings, elements } };
}

type Refusal = Extract<BinaryXmlRead, { readonly ok: false }>;

/** What of a document has been read; takes one chunk after the other. */
class DocumentReader {
  readonly elements: BinaryElement[] = [];
  strings: StringPool | null = null;
  /** The root has ended: Android reads no further, apksig does. */
  closed = false;
  #resourceMap: DataView | null = null;
  #inNodes = false;
  #depth = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #names: ReadonlySet<string>;

  constructor(bytes: Uint8Array, view: DataView, names: ReadonlySet<string>) {
    this.#bytes = bytes;
    this.#view = view;
    this.#names = names;
  }

  /** Null where the chunk is as both readers want it. */
  take({ type, headerSize, size }: Chunk, at: number, end: number): Refusal | null {
    if (!this.closed && (headerSize % 4 !== 0 || size % 4 !== 0)) return malformed(`a chunk at ${at} is not aligned`);
    const isNode = type >= firstNode && type <= lastNode;
    // `ResXMLTree::setTo` looks for the first node among the chunks that another follows.
    if (!this.#inNodes && at + size === end) return malformed("no element is followed by another chunk");
    this.#inNodes ||= isNode;
    if (this.#inNodes && !this.closed && headerSize < 16) return malformed(`a node's header at ${at} is too short`);
    if (size - headerSize < (nodeBytes.get(type) ?? 0)) return malformed(`a node at ${at} is too short`);

    const [contents, next] = [at + headerSize, at + size];
    if (type === chunkType.stringPool || type === chunkType.resourceMap) {
      // Android takes the last before the first node; apksig takes one wherever it stands, and refuses a second.
      if (this.#inNodes) return ambiguous("a string pool or a resource map stands among the elements");
      return type === chunkType.stringPool ? this.#takePool(at, headerSize, next) : this.#takeMap(contents, next);
    }
    if (!isNode) return null;
    if (this.strings === null) return malformed("an element stands before the string pool");
    if (type === chunkType.startElement) return this.#takeStart(this.strings, contents, next);
    return type === chunkType.endElement ? this.#takeEnd(this.strings, contents) : null;
  }

  #takePool(at: number, headerSize: number, next: number): Refusal | null {
    if (this.strings !== null) return ambiguous("there are two string pools");
    this.strings = parseStringPool(this.#bytes.subarray(at, next), headerSize);
    return this.strings === null ? malformed("the string pool is broken") : null;
  }

  #takeMap(contents: number, next: number): Refusal | null {
    if (this.#resourceMap !== null) return ambiguous("there are two resource maps");
    this.#resourceMap = new DataView(this.#view.buffer, this.#view.byteOffset + contents, next - contents);
    return null;
  }

  #takeStart(strings: StringPool, contents: number, next: number): Refusal | null {
    if (this.closed) return ambiguous("an element stands after the root");
    this.#depth++;
    const name = readName(this.#view, contents, strings);
    if (name === null) return malformed(`an element's name before ${next} cannot be read`);
    const place = attributesAt(this.#view, contents, next);
    if (place === null) return malformed(`attributes before ${next} do not fit into their element`);
    if (this.elements.length === 0 || this.#names.has(name.local)) {
      const attributes = readAttributes(this.#view, place, this.#resourceMap);
      const hasNamespace = name.namespace !== "";
      this.elements.push({ name: name.local, hasNamespace, depth: this.#depth, attributes });
    }
    return null;
  }

  #takeEnd(strings: StringPool, contents: number): Refusal | null {
    if (this.#depth === 0) return ambiguous("an element ends that did not begin");
    if (readName(this.#view, contents, strings) === null) return malformed("the name of an end cannot be read");
    this.#depth--;
    this.closed = this.#depth === 0;
    return null;
  }
}

/** Namespace and name of an element, with which the contents of its start and of its end begin. */
function readName(view: DataView, contents: number, strings: StringPool) {
  const namespaceIndex = view.getUint32(contents, true);
  const namespace = namespaceIndex === none ? "" : strings.read(namespaceIndex);
  const local = strings.read(view.getUint32(contents + 4, true));
  return namespace === null || local === null ? null : { namespace, local };
}

function malformed(detail: string): Refusal {
  return { ok: false, code: "manifest_malformed", detail };
}

function ambiguous(detail: string): Refusal {
  return { ok: false, code: "manifest_ambiguous", detail };
}
