import { createPublicKey, type KeyObject } from "node:crypto";
import { p256Spki } from "@countersign/asn1";
import { LeastRecentlyUsed } from "../least-recently-used.ts";

const mostKeys = 1024;
const keys = new LeastRecentlyUsed<KeyObject>(mostKeys);

/**
 * The key of a 65-byte uncompressed P-256 point, for its next assertions; null where the point is none of the curve's. The 1,024
 * used last stay imported, each under all of its bytes.
 */
export function attestedKey(point: Uint8Array): KeyObject | null {
  if (point.length !== 65 || point[0] !== 4) return null;
  const name = Buffer.from(point.buffer, point.byteOffset, point.byteLength).toString("latin1");
  const known = keys.get(name);
  if (known !== undefined) return known;
  try {
    const key = createPublicKey({ key: Buffer.from(p256Spki(point)), format: "der", type: "spki" });
    keys.set(name, key);
    return key;
  } catch {
    return null;
  }
}
