import { hash } from "node:crypto";

export type DigestName = "sha1" | "sha256" | "sha384" | "sha512";

/** The digest of bytes that are at hand. */
export function digest(name: DigestName, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash(name, bytes, "buffer"));
}
