import { deriveKey } from "./derive-key.ts";

/**
 * K("values") of one instance: `HKDF-SHA256(seed, salt = empty, info = tag("values") ∥ project ∥ subject, 32)`. What the app keeps on the
 * device is encrypted under it, so that it can be read in a trusted session alone.
 */
export function valuesKeyOf(seed: Uint8Array, project: Uint8Array, subject: Uint8Array): Uint8Array {
  return deriveKey(seed, "values", project, subject);
}

/** What a decoy gets in its place: a key like any other, which opens nothing that was written in a genuine session. */
export function decoyValuesKeyOf(seed: Uint8Array, project: Uint8Array, subject: Uint8Array): Uint8Array {
  return deriveKey(seed, "decoy-values", project, subject);
}
