import { type DerElement, derSequence, derTag, toBoolean, toInteger, toOctets } from "@countersign/asn1";

/** Verified boot's verdict on the system that booted, by its number. */
export const verifiedBootStates = ["VERIFIED", "SELF_SIGNED", "UNVERIFIED", "FAILED"] as const;

/** What the secure hardware knows of the boot (https://source.android.com/docs/security/features/keystore/attestation#rootoftrust-fields). */
export interface RootOfTrust {
  readonly verifiedBootKey: Uint8Array;
  readonly deviceLocked: boolean;
  readonly verifiedBootState: (typeof verifiedBootStates)[number];
  /** From version 3; null before. */
  readonly verifiedBootHash: Uint8Array | null;
}

/** Reads a RootOfTrust, else null. */
export function parseRootOfTrust(element: DerElement): RootOfTrust | null {
  const fields = derSequence(element);
  const verifiedBootKey = toOctets(fields?.[0]);
  const deviceLocked = toBoolean(fields?.[1]);
  const verifiedBootState = verifiedBootStates[Number(toInteger(fields?.[2], derTag.enumerated) ?? -1n)];
  const verifiedBootHash = toOctets(fields?.[3]);
  if (fields === null || verifiedBootKey === null || deviceLocked === null || verifiedBootState === undefined)
    return null;
  const whole = fields.length === 3 || (fields.length === 4 && verifiedBootHash !== null);
  return whole ? { verifiedBootKey, deviceLocked, verifiedBootState, verifiedBootHash } : null;
}
