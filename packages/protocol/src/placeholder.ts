import { encodeBase32 } from "./base32.ts";
import { concatBytes, type Sha256 } from "./bytes.ts";
import { isSecretName } from "./names.ts";
import { tag } from "./tag.ts";
import { toUtf8 } from "./utf8.ts";

/**
 * The public text that stands in app code for a secret: `cs-` + name + `-` + the first 10 base32 characters of
 * SHA-256(`tag("placeholder") ∥ project ∥ name`). A name that is not `[a-z0-9-]{1,48}` is a TypeError.
 */
export function placeholderOf(sha256: Sha256, projectId: Uint8Array, name: string): string {
  if (!isSecretName(name)) throw new TypeError("a secret's name is [a-z0-9-]{1,48}");
  const hash = sha256(concatBytes(tag("placeholder"), projectId, toUtf8(name)));
  return `cs-${name}-${encodeBase32(hash).slice(0, 10)}`;
}
