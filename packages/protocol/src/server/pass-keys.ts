import { toUtf8 } from "../utf8.ts";
import { deriveKey, hmacSha256 } from "./derive-key.ts";

/** What opens the passes of one seed's generation, and makes the keys of their bearers. Nothing else of the seed follows from it. */
export interface PassKeys {
  /** K("pass"). */
  readonly pass: Uint8Array;
  /** K("decoy-pass"). */
  readonly decoyPass: Uint8Array;
  /** K("proof"). */
  readonly proof: Uint8Array;
}

/** The pass keys of a project seed. */
export function derivePassKeys(seed: Uint8Array, project: Uint8Array): PassKeys {
  return {
    pass: deriveKey(seed, "pass", project),
    decoyPass: deriveKey(seed, "decoy-pass", project),
    proof: deriveKey(seed, "proof", project),
  };
}

/** The proof key of a pass, by K("proof"): HMAC-SHA256(K("proof"), pass), over the pass as it travels. */
export function proofKeyBy(keys: Pick<PassKeys, "proof">, pass: string): Uint8Array {
  return hmacSha256(keys.proof, toUtf8(pass));
}
