import { createHash, createHmac, hkdfSync } from "node:crypto";
import { concatBytes } from "../bytes.ts";
import { tag } from "../tag.ts";

/** SHA-256 on node:crypto. */
export function sha256(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(data).digest());
}

/** HMAC-SHA256 on node:crypto. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(data).digest());
}

/**
 * `HKDF-SHA256(seed, salt = empty, info = tag(name) ∥ project, 32)`: K(name) of a project seed, and without `project` the challenge key
 * of the service seed (`challenge-key`). `suffix` follows the name inside the info, for keys per API.
 */
export function deriveKey(seed: Uint8Array, name: string, project?: Uint8Array, suffix?: Uint8Array): Uint8Array {
  if (seed.length !== 32) throw new TypeError("a seed has 32 bytes");
  if (project !== undefined && project.length !== 16) throw new TypeError("a project id has 16 bytes");
  const empty = new Uint8Array(0);
  return new Uint8Array(hkdfSync("sha256", seed, empty, concatBytes(tag(name), project ?? empty, suffix ?? empty), 32));
}
