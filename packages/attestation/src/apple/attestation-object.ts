import { certificateProblem } from "@countersign/asn1";
import { parseCbor, toTextMap } from "../cbor.ts";
import { type AttestedAuthenticatorData, attestedDataProblem, parseAttestedData } from "./authenticator-data.ts";

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
  const read = readAttestationObject(bytes);
  return typeof read === "string" ? null : read;
}

/** What keeps the bytes from being an attestation object with readable certificates, for people; null where nothing does. */
export function attestationObjectProblem(bytes: Uint8Array): string | null {
  const read = readAttestationObject(bytes);
  if (typeof read === "string") return read;
  const problems = read.x5c.slice(0, 2).map((der, index) => [index, certificateProblem(der)] as const);
  const [first] = problems.filter(([, problem]) => problem !== null);
  return first ? `certificate ${first[0]}: ${first[1]}` : null;
}

function readAttestationObject(bytes: Uint8Array): AttestationObject | string {
  if (bytes.length > maximumBytes) return `${bytes.length} bytes, where ${maximumBytes} are the most`;
  const parsed = parseCbor(bytes);
  if (!parsed.ok) return `CBOR: ${parsed.problem}`;
  const object = toTextMap(parsed.value);
  if (object?.size !== 3 || object.get("fmt") !== "apple-appattest")
    return "no map of fmt apple-appattest, attStmt and authData alone";
  const statement = toTextMap(object.get("attStmt"));
  if (statement?.size !== 2) return "attStmt is no map of x5c and receipt alone";
  const x5c = statement.get("x5c");
  const receipt = statement.get("receipt");
  const authenticatorDataBytes = object.get("authData");
  if (!Array.isArray(x5c) || !x5c.every((item): item is Uint8Array => item instanceof Uint8Array))
    return "x5c is no array of byte strings";
  if (!(receipt instanceof Uint8Array)) return "receipt is no byte string";
  if (!(authenticatorDataBytes instanceof Uint8Array)) return "authData is no byte string";
  const authenticatorData = parseAttestedData(authenticatorDataBytes);
  if (authenticatorData === null) return attestedDataProblem(authenticatorDataBytes) ?? "authData";
  return { x5c, receipt, authenticatorDataBytes, authenticatorData };
}

/**
 * The point that an attestation object claims, for routing before anything costly. Nothing is verified here.
 */
export function peekAppAttestKey(attestation: Uint8Array): Uint8Array | null {
  return parseAttestationObject(attestation)?.authenticatorData.publicKey ?? null;
}
