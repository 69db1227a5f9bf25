import { toUtf8 } from "../utf8.ts";
import { deriveKey } from "./derive-key.ts";

/**
 * K("decoy" ∥ api): the HS256 secret that signs an API's decoy tokens, 32 bytes. A backend that holds it tells a decoy from a forgery
 * (section 11). It follows the project seed: a new generation of the seed makes another.
 */
export function decoySecretOf(seed: Uint8Array, project: Uint8Array, api: string): Uint8Array {
  return deriveKey(seed, "decoy", project, toUtf8(api));
}
