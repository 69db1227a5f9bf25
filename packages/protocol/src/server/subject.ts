import { encodeBase64url } from "../base64url.ts";
import { concatBytes, u8 } from "../bytes.ts";
import { toUtf8 } from "../utf8.ts";
import { deriveKey, hmacSha256 } from "./derive-key.ts";

/**
 * The pairwise subject a backend sees: b64u of the first 16 bytes of HMAC-SHA256(K("subject"), api ∥ 00 ∥ subject). Two APIs cannot join
 * their users by it.
 */
export function subjectFor(seed: Uint8Array, project: Uint8Array, api: string, subject: Uint8Array): string {
  const mac = hmacSha256(deriveKey(seed, "subject", project), concatBytes(toUtf8(api), u8(0), subject));
  return encodeBase64url(mac.subarray(0, 16));
}

/** The proof key of a pass: HMAC-SHA256(K("proof"), pass), over the pass as it travels. */
export function proofKeyOf(seed: Uint8Array, project: Uint8Array, pass: string): Uint8Array {
  return hmacSha256(deriveKey(seed, "proof", project), toUtf8(pass));
}
