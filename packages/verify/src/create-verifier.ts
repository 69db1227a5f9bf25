import { crypto } from "#crypto";
import { openVerifier } from "./open-verifier.ts";
import type { Verifier } from "./verifier.ts";
import type { VerifierOptions } from "./verifier-options.ts";

/** A verifier for one protected API (docs/verify.md). Throws a TypeError for options that cannot be meant. */
export function createVerifier(options: VerifierOptions): Verifier {
  return openVerifier(crypto, options);
}
