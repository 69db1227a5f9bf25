import { parseCborMap, toTextMap } from "../cbor.ts";
import { type AttestedAuthenticatorData, parseAttestedData } from "./authenticator-data.ts";

/** An App Attest attestation object, read and not judged. */
export interface AttestationObject {
  /** Certificates, DER, leaf first. */
  readonly x5c: readonly Uint8Array[];
  readonly receipt: Uint8Array;
  readonly authenticatorDataBytes: Uint8Array;
  readonly authenticatorData: AttestedAuthenticatorData;
}

const maximumBytes = 40 * 1024;

/** Reads `{fmt: "apple-appattest", attStmt: {x5c, receipt}, authData}` with exactly these keys; null for everything else. */
export function parseAttestationObject(bytes: Uint8Array): AttestationObject | null {
  if (bytes.length > maximumBytes) return null;
  const object = parseCborMap(bytes);
  const statement = toTextMap(object?.get("attStmt"));
  if (object?.size !== 3 || object.get("fmt") !== "apple-appattest" || statement?.size !== 2) return null;
  const x5c = statement.get("x5c");
  const receipt = statement.get("receipt");
  const authenticatorDataBytes = object.get("authData");
  if (!Array.isArray(x5c) || !x5c.every((item): item is Uint8Array => item instanceof Uint8Array)) return null;
  if (!(receipt instanceof Uint8Array) || !(authenticatorDataBytes instanceof Uint8Array)) return null;
  const authenticatorData = parseAttestedData(authenticatorDataBytes);
  return authenticatorData === null ? null : { x5c, receipt, authenticatorDataBytes, authenticatorData };
}

/**
 * The point that an attestation object claims, for routing before anything costly. Nothing is verified here.
 */
export function peekAppAttestKey(attestation: Uint8Array): Uint8Array | null {
  return parseAttestationObject(attestation)?.authenticatorData.publicKey ?? null;
}
