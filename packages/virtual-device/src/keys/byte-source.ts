import { randomBytes } from "node:crypto";
import { concat, sha256, utf8 } from "../encoding/bytes.ts";

/** Bytes by label. The same source and label always give the same bytes. */
export type ByteSource = (label: string, length: number) => Uint8Array;

/** A source that is fixed by `seed`, or fresh and unpredictable without one. */
export function createByteSource(seed?: string): ByteSource {
  const root = seed === undefined ? new Uint8Array(randomBytes(32)) : sha256(utf8(`virtual-device ${seed}`));
  return (label, length) => {
    const blocks: Uint8Array[] = [];
    for (let index = 0; index * 32 < length; index += 1) blocks.push(sha256(root, utf8(`${label} ${index}`)));
    return concat(...blocks).subarray(0, length);
  };
}
