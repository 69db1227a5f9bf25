import type { VerifierProfile } from "../verifier-options.ts";

/** What the tokens of a profile must have, beyond `exp`, and where they travel. */
export interface Profile {
  readonly header: string;
  /** Claims that must be there. */
  readonly required: readonly string[];
  /** How `pay` is made of the bound values. */
  readonly binding: "lines" | "concatenated";
}

/**
 * `approov`: backends of that product look at `exp` alone, and it leaves out whatever an account has not turned on. `firebase-app-check`:
 * the documented claims of a decoded App Check token.
 */
export const profiles = {
  countersign: {
    header: "Countersign-Token",
    required: ["iss", "aud", "sub", "iat", "jti"],
    binding: "lines",
  },
  approov: { header: "Approov-Token", required: [], binding: "concatenated" },
  "firebase-app-check": {
    header: "X-Firebase-AppCheck",
    required: ["iss", "aud", "sub", "iat"],
    binding: "lines",
  },
} as const satisfies Record<VerifierProfile, Profile>;
