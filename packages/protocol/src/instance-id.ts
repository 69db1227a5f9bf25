import { encodeBase64url } from "./base64url.ts";
import { concatBytes, type Sha256 } from "./bytes.ts";
import { tag } from "./tag.ts";

/**
 * First 16 bytes of SHA-256(`tag("instance") ∥ project(16) ∥ attested point`). The attested point is the App Attest key on iOS and the
 * instance key elsewhere. Both sides compute it; it is never chosen.
 */
export function instanceId(sha256: Sha256, projectId: Uint8Array, attestedPoint: Uint8Array): Uint8Array {
  return sha256(concatBytes(tag("instance"), projectId, attestedPoint)).slice(0, 16);
}

/** b64u of the first 8 bytes of SHA-256(point): the name of a signing key. */
export function kidOf(sha256: Sha256, point: Uint8Array): string {
  return encodeBase64url(sha256(point).slice(0, 8));
}
