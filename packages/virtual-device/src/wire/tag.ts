import { utf8 } from "../encoding/bytes.ts";

/** `countersign-NAME-v1` and a zero byte: what every signature, MAC and hash of the protocol begins with (protocol section 1). */
export function tag(name: string): Uint8Array {
  return utf8(`countersign-${name}-v1\0`);
}
