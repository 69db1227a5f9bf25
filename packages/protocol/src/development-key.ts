import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import { concatBytes, type Sha256 } from "./bytes.ts";
import { invalid, type Parsed, parsed } from "./parsed.ts";
import { tag } from "./tag.ts";

const prefix = "csd_";

/** Reads a development key, `csd_` and 43 characters, to its 32 secret bytes. Code: `malformed`; the text is never repeated. */
export function parseDevelopmentKey(text: string): Parsed<Uint8Array> {
  const secret = text.startsWith(prefix) ? decodeBase64url(text.slice(prefix.length), 32) : null;
  return secret === null ? invalid("malformed", "a development key is csd_ and 43 characters") : parsed(secret);
}

/** The text of a development key of 32 bytes. */
export function formatDevelopmentKey(secret: Uint8Array): string {
  if (secret.length !== 32) throw new TypeError("a development key has 32 bytes");
  return `${prefix}${encodeBase64url(secret)}`;
}

/** What names a key on the wire and in the record, b64u: the first 16 bytes of `SHA-256(tag("development-key-id") ∥ secret)`. */
export function developmentKeyId(sha256: Sha256, secret: Uint8Array): string {
  return encodeBase64url(sha256(concatBytes(tag("development-key-id"), secret)).subarray(0, 16));
}

/** What a development key authenticates with HMAC-SHA256 at an enrolment: `tag("development-key") ∥ H`. */
export function developmentKeyInput(hash: Uint8Array): Uint8Array {
  return concatBytes(tag("development-key"), hash);
}
