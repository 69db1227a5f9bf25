import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/** A SHA-256 digest, as 64 hex digits or as apksigner and keytool print it (`AB:CD:…`); to lower-case hex. */
export function parseSha256Hex(text: string): Ruled<string> {
  const plain = /^(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}$/.test(text) ? text.replaceAll(":", "") : text;
  return /^[0-9A-Fa-f]{64}$/.test(plain)
    ? ruled(plain.toLowerCase())
    : refused("Give the SHA-256 digest as 64 hex digits, or as `keytool -list -v` prints it: `AB:CD:…`.");
}
