import * as limits from "./limits.ts";
import type { Platform } from "./statement.ts";
import type { ValueReader } from "./value-reader.ts";

/** What signs a statement: an App Attest assertion (CBOR), an ES256 signature `r ∥ s` by the instance key, or both. */
export interface Proof {
  readonly assertion?: Uint8Array;
  readonly signature?: Uint8Array;
}

/**
 * Which members a proof must have: a rule of platform and use, where `platform` comes from the credential, the record or the evidence.
 * `development`: the evidence is, or was, a development key. Such an instance has nothing but its instance key, on every platform.
 */
export function demandedProof(
  platform: Platform,
  use: "enrol" | "session",
  development = false,
): { assertion: boolean; signature: boolean } {
  if (platform === "ios" && !development) return { assertion: true, signature: use === "enrol" };
  return { assertion: false, signature: true };
}

/** True where exactly the demanded members are there: a missing or a superfluous one refuses the proof. */
export function hasDemandedProof(
  proof: Proof,
  platform: Platform,
  use: "enrol" | "session",
  development = false,
): boolean {
  const demanded = demandedProof(platform, use, development);
  return (
    demanded.assertion === (proof.assertion !== undefined) && demanded.signature === (proof.signature !== undefined)
  );
}

export function readProof(proof: ValueReader): Proof {
  const assertion = proof.optional("assertion");
  const signature = proof.optional("signature");
  return {
    ...(assertion === null ? {} : { assertion: assertion.bytes({ min: 1, max: limits.assertionBytes }) }),
    ...(signature === null ? {} : { signature: signature.bytes(64) }),
  };
}
