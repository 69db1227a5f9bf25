import { verifyP256 } from "./p256.ts";
import { sha256 } from "./sha256.ts";

/**
 * ES256 (ECDSA P-256 with SHA-256, FIPS 186-5) over `message`. True only where the point is 65 bytes `04 ∥ X ∥ Y` on the curve, r and s
 * are both in 1..n-1, and the signature verifies. The malleable twin (r, n-s) verifies too: a signature is never a key.
 */
export function verifyEs256(point: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return verifyP256(point, sha256(message), signature);
}
