import { manifestWork } from "./manifest-work.ts";

/** The header of a chunk: type, bytes of the header, bytes of the whole. */
export interface Chunk {
  readonly type: number;
  readonly headerSize: number;
  readonly size: number;
}

/** The header of a chunk that lies within `end`; null where there is none. */
export function chunkAt(view: DataView, at: number, end: number): Chunk | null {
  if (at + 8 > end) return null;
  const [type, headerSize, size] = [
    view.getUint16(at, true),
    view.getUint16(at + 2, true),
    view.getUint32(at + 4, true),
  ];
  return headerSize >= 8 && headerSize <= size && at + size <= end ? { type, headerSize, size } : null;
}

/** Whether too little is left for a chunk, or for the one that is announced. */
export function isCutOff(view: DataView, at: number, end: number): boolean {
  return at + 8 > end || at + view.getUint32(at + 4, true) > end;
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

/** Where attributes stand, and how far from one another. */
export interface AttributesPlace {
  readonly start: number;
  readonly stride: number;
  readonly count: number;
}

/** Where the attributes stand: counted from the node's contents, each at least the 20 bytes that are read of it. */
export function attributesAt(view: DataView, contents: number, end: number): AttributesPlace | null {
  const [offset, stride, count] = [8, 10, 12].map((at) => view.getUint16(contents + at, true)) as [
    number,
    number,
    number,
  ];
  const start = contents + offset;
  if (start + stride * count > end || (count > 0 && stride < 20)) return null;
  return { start, stride, count };
}

export function readAttributes(
  view: DataView,
  place: AttributesPlace,
  map: DataView | null,
): readonly BinaryAttribute[] {
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
