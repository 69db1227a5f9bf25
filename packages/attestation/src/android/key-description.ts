import { derSequence, derTag, parseDer } from "../der/element.ts";
import { toInteger, toOctets } from "../der/value.ts";
import { type AuthorizationList, parseAuthorizationList } from "./authorization-list.ts";

/** Extension identifier of KeyDescription. */
export const keyDescriptionExtension = "1.3.6.1.4.1.11129.2.1.17";

/** Security levels by their number, with Google's names. */
export const securityLevels = ["SOFTWARE", "TRUSTED_ENVIRONMENT", "STRONG_BOX"] as const;
export type SecurityLevel = (typeof securityLevels)[number];

/** Keymaster 2 to 4.1 and KeyMint 1 to 5 (https://source.android.com/docs/security/features/keystore/attestation#schema). */
export const attestationVersions: readonly number[] = [1, 2, 3, 4, 100, 200, 300, 400, 500];

/** What the secure hardware says of a key, with Google's field names. */
export interface KeyDescription {
  readonly attestationVersion: number;
  readonly attestationSecurityLevel: SecurityLevel;
  readonly keyMintVersion: number;
  readonly keyMintSecurityLevel: SecurityLevel;
  readonly attestationChallenge: Uint8Array;
  readonly uniqueId: Uint8Array;
  readonly softwareEnforced: AuthorizationList;
  readonly hardwareEnforced: AuthorizationList;
}

/** Reads the contents of extension 1.3.6.1.4.1.11129.2.1.17 of any version; null where they are not a KeyDescription. */
export function parseKeyDescription(der: Uint8Array): KeyDescription | null {
  const fields = derSequence(parseDer(der));
  if (fields?.length !== 8) return null;
  const attestationVersion = toInteger(fields[0]);
  const attestationSecurityLevel = securityLevels[Number(toInteger(fields[1], derTag.enumerated) ?? -1n)];
  const keyMintVersion = toInteger(fields[2]);
  const keyMintSecurityLevel = securityLevels[Number(toInteger(fields[3], derTag.enumerated) ?? -1n)];
  const attestationChallenge = toOctets(fields[4]);
  const uniqueId = toOctets(fields[5]);
  const softwareEnforced = parseAuthorizationList(fields[6]);
  const hardwareEnforced = parseAuthorizationList(fields[7]);
  if (attestationVersion === null || keyMintVersion === null) return null;
  if (attestationSecurityLevel === undefined || keyMintSecurityLevel === undefined) return null;
  if (attestationChallenge === null || uniqueId === null) return null;
  if (softwareEnforced === null || hardwareEnforced === null) return null;
  return {
    attestationVersion: Number(attestationVersion),
    attestationSecurityLevel,
    keyMintVersion: Number(keyMintVersion),
    keyMintSecurityLevel,
    attestationChallenge,
    uniqueId,
    softwareEnforced,
    hardwareEnforced,
  };
}

/** True where the attestation or the key lives in software. */
export function isSoftware(description: KeyDescription): boolean {
  return description.attestationSecurityLevel === "SOFTWARE" || description.keyMintSecurityLevel === "SOFTWARE";
}
