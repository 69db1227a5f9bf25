import { isBinaryPlist, parseBinaryPlist } from "./binary-plist.ts";
import type { PlistValue } from "./plist-value.ts";
import { parseXmlPlist } from "./xml-plist.ts";

/** Reads a property list as Apple's tools write it, XML or binary. Never throws; null where the bytes are anything else. */
export function parsePlist(bytes: Uint8Array): PlistValue | null {
  return isBinaryPlist(bytes) ? parseBinaryPlist(bytes) : parseXmlPlist(bytes);
}
