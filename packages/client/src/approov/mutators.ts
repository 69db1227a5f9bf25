import { generalError } from "./approov-error.ts";

/** Failures of which the other product can be told to let a request proceed. The numbers are this facade's own: use the names. */
export const proceedBits = {
  NO_APPROOV_SERVICE: 1,
  BAD_URL: 2,
  MITM_DETECTED: 4,
  NO_NETWORK: 8,
  POOR_NETWORK: 16,
  REJECTED: 32,
  UNKNOWN_KEY: 64,
  INTERNAL_ERROR: 128,
  NO_NETWORK_PERMISSION: 256,
  MISSING_LIB_DEPENDENCY: 512,
  DISABLED: 1024,
} as const;

export const mutatorPresets = {
  DEFAULT: 0,
  ALWAYS_PROCEED: 2047,
  PROCEED_IF_UNAVAILABLE: proceedBits.NO_APPROOV_SERVICE | proceedBits.NO_NETWORK | proceedBits.POOR_NETWORK,
  PROCEED_DEV_CLEARTEXT: proceedBits.BAD_URL,
} as const;

const closed: readonly unknown[] = [
  null,
  undefined,
  mutatorPresets.DEFAULT,
  "DEFAULT",
  "CLOSE_FAILURE",
  "REQUIRE_ATTESTATION",
];

/**
 * Whether a request may go on without what it needs is the operator's to say, for one API (`--when-unavailable proceed`), never the app's.
 *
 * @throws ApproovError DISABLED for every mode that lets a failed request proceed.
 */
export function requireNoProceeding(mode: unknown): void {
  if (closed.includes(mode)) return;
  throw generalError(
    "DISABLED",
    "a request that failed does not proceed by the app's choice: countersign api add --when-unavailable proceed",
  );
}
