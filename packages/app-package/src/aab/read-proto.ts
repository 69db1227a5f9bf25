import { manifestWork } from "../android-manifest/manifest-work.ts";

/** A field of a protobuf message: a number for the wire types of varints, bytes for what has a length, nothing for what is passed over. */
export interface ProtoField {
  readonly number: number;
  /** The low 32 bits, as every reader of a 32-bit field takes them. */
  readonly varint: number | undefined;
  readonly bytes: Uint8Array | undefined;
}

/**
 * Goes through the fields of a protobuf message in the order of the bytes (Protocol Buffers, "Encoding"). False where the bytes are no message,
 * or where `onField` said so. Groups are refused: nothing that is read here has any.
 */
export function readProto(bytes: Uint8Array, onField: (field: ProtoField) => boolean): boolean {
  for (let at = 0; at < bytes.length; ) {
    manifestWork.steps++;
    const tag = varintAt(bytes, at);
    if (tag === null || tag.high !== 0 || tag.low < 8) return false;
    const [number, wire] = [tag.low >>> 3, tag.low & 7];
    if (wire === 0) {
      const value = varintAt(bytes, tag.next);
      if (value === null || !onField({ number, varint: value.low, bytes: undefined })) return false;
      at = value.next;
    } else if (wire === 2) {
      const length = varintAt(bytes, tag.next);
      if (length === null || length.high !== 0 || length.next + length.low > bytes.length) return false;
      at = length.next + length.low;
      if (!onField({ number, varint: undefined, bytes: bytes.subarray(length.next, at) })) return false;
    } else if (wire === 1 || wire === 5) {
      at = tag.next + (wire === 1 ? 8 : 4);
      if (at > bytes.length || !onField({ number, varint: undefined, bytes: undefined })) return false;
    } else return false;
  }
  return true;
}

interface Varint {
  /** Bits 0 to 31, unsigned. */
  readonly low: number;
  /** Bits 32 to 63; of a tag or a length these must be 0. */
  readonly high: number;
  readonly next: number;
}

/** Seven bits a byte, the least significant first, ten bytes at most. */
function varintAt(bytes: Uint8Array, start: number): Varint | null {
  let [low, high] = [0, 0];
  for (let index = 0; index < 10; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) return null;
    const bits = byte & 0x7f;
    if (index < 4) low |= bits << (7 * index);
    else if (index === 4) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (7 * index - 32);
    if (byte < 0x80) return { low: low >>> 0, high: high >>> 0, next: start + index + 1 };
  }
  return null;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a field of type `string`, which must be UTF-8; null where it is not. */
export function toProtoText(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
