import { derProblem, derSequence, derTag, parseDer, toInteger, toOctets } from "@countersign/asn1";
import { type AuthorizationList, readAuthorizationList } from "./authorization-list.ts";

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
  const read = readKeyDescription(der);
  return typeof read === "string" ? null : read;
}

/** What keeps the bytes from being a KeyDescription, for people; null where nothing does. */
export function keyDescriptionProblem(der: Uint8Array): string | null {
  const read = readKeyDescription(der);
  return typeof read === "string" ? (derProblem(der) ?? read) : null;
}

function readKeyDescription(der: Uint8Array): KeyDescription | string {
  const fields = derSequence(parseDer(der));
  if (fields?.length !== 8) return fields ? `a SEQUENCE of ${fields.length} fields, not 8` : "no SEQUENCE";
  const attestationVersion = toInteger(fields[0]);
  if (attestationVersion === null) return "attestationVersion is no INTEGER";
  const attestationSecurityLevel = securityLevels[Number(toInteger(fields[1], derTag.enumerated) ?? -1n)];
  if (attestationSecurityLevel === undefined) return "attestationSecurityLevel is no known ENUMERATED";
  const keyMintVersion = toInteger(fields[2]);
  if (keyMintVersion === null) return "keyMintVersion is no INTEGER";
  const keyMintSecurityLevel = securityLevels[Number(toInteger(fields[3], derTag.enumerated) ?? -1n)];
  if (keyMintSecurityLevel === undefined) return "keyMintSecurityLevel is no known ENUMERATED";
  const attestationChallenge = toOctets(fields[4]);
  if (attestationChallenge === null) return "attestationChallenge is no OCTET STRING";
  const uniqueId = toOctets(fields[5]);
  if (uniqueId === null) return "uniqueId is no OCTET STRING";
  const softwareEnforced = readAuthorizationList(fields[6]);
  if (typeof softwareEnforced === "string") return `softwareEnforced has ${softwareEnforced}`;
  const hardwareEnforced = readAuthorizationList(fields[7]);
  if (typeof hardwareEnforced === "string") return `hardwareEnforced has ${hardwareEnforced}`;
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
