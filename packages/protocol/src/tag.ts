import { toUtf8 } from "./utf8.ts";

/**
 * UTF-8 of `countersign-` + name + `-v1`, then one byte 00. Whatever is signed, authenticated or hashed begins with one, so that no
 * such thing reads as another.
 */
export function tag(name: string): Uint8Array {
  return toUtf8(`countersign-${name}-v1\0`);
}
