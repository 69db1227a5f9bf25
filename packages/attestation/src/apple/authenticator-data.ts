import { parseCbor, toTextMap } from "../cbor.ts";

/** What iOS 27 adds after the header or the credential key; both null before it. */
export interface BuildClaims {
  readonly bundleVersion: string | null;
  /** 1 system, 2 TestFlight, 3 development, 4 App Store, 5 enterprise or ad hoc, 6 Developer ID, 10 other. */
  readonly validationCategory: number | null;
}

/** The header that attestations and assertions share (WebAuthn §6.1). */
export interface AuthenticatorHeader extends BuildClaims {
  readonly rpIdHash: Uint8Array;
  readonly flags: number;
  readonly counter: number;
}

/** Authenticator data of an attestation, with its credential. */
export interface AttestedAuthenticatorData extends AuthenticatorHeader {
  readonly aaguid: Uint8Array;
  readonly credentialId: Uint8Array;
  /** The 65-byte uncompressed P-256 point of the COSE key. */
  readonly publicKey: Uint8Array;
}

const headerLength = 37;
const credentialIdOffset = 55;
const coseKeyOffset = credentialIdOffset + 32;
const coseKeyLength = 77;

// The COSE key EC2, ES256, P-256 (RFC 9053 §7.1.1) around its two 32-byte coordinates.
const coseKeyHead = Buffer.from("a5010203262001215820", "hex");
const coseKeyMiddle = Buffer.from("225820", "hex");

/** Flags that documented devices send: attested credential data, without and (iOS 27) with extension data. */
export const documentedFlags: readonly number[] = [0x40, 0xc0];

/** Reads an assertion's authenticator data: the header, then nothing or one map. Null for everything else. */
export function parseAssertionData(bytes: Uint8Array): AuthenticatorHeader | null {
  return orNull(readHeader(bytes, headerLength));
}

/** Reads an attestation's authenticator data: header, credential, COSE key, then nothing or one map. Null for everything else. */
export function parseAttestedData(bytes: Uint8Array): AttestedAuthenticatorData | null {
  return orNull(readAttestedData(bytes));
}

/** What keeps the bytes from being an assertion's authenticator data, for people; null where nothing does. */
export function assertionDataProblem(bytes: Uint8Array): string | null {
  const read = readHeader(bytes, headerLength);
  return typeof read === "string" ? read : null;
}

/** The same of an attestation's. */
export function attestedDataProblem(bytes: Uint8Array): string | null {
  const read = readAttestedData(bytes);
  return typeof read === "string" ? read : null;
}

function orNull<Value extends object>(read: Value | string): Value | null {
  return typeof read === "string" ? null : read;
}

function readAttestedData(bytes: Uint8Array): AttestedAuthenticatorData | string {
  const header = readHeader(bytes, coseKeyOffset + coseKeyLength);
  if (typeof header === "string") return header;
  if (bytes[53] !== 0 || bytes[54] !== 32) return "authData: the credential id has not 32 bytes";
  const cose = bytes.subarray(coseKeyOffset, coseKeyOffset + coseKeyLength);
  const x = cose.subarray(coseKeyHead.length, coseKeyHead.length + 32);
  const y = cose.subarray(coseKeyLength - 32);
  if (!Buffer.concat([coseKeyHead, x, coseKeyMiddle, y]).equals(cose))
    return "authData: the COSE key is not EC2, ES256, P-256 in its one form";
  return {
    ...header,
    aaguid: bytes.subarray(headerLength, headerLength + 16),
    credentialId: bytes.subarray(credentialIdOffset, coseKeyOffset),
    publicKey: new Uint8Array(Buffer.concat([Uint8Array.of(4), x, y])),
  };
}

function readHeader(bytes: Uint8Array, fixedLength: number): AuthenticatorHeader | string {
  if (bytes.length < fixedLength) return `authData: ${bytes.length} bytes, where ${fixedLength} are the least`;
  const claims = readBuildClaims(bytes.subarray(fixedLength));
  if (typeof claims === "string") return claims;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { rpIdHash: bytes.subarray(0, 32), flags: view.getUint8(32), counter: view.getUint32(33), ...claims };
}

/**
 * Nothing, or exactly one map to the end. Whether the extension flag announces it is not asked: Apple's published sample
 * has the map and a clear flag, devices have the map and a set one.
 */
function readBuildClaims(bytes: Uint8Array): BuildClaims | string {
  if (bytes.length === 0) return { bundleVersion: null, validationCategory: null };
  const parsed = parseCbor(bytes);
  if (!parsed.ok) return `authData, the map after it: ${parsed.problem}`;
  const map = toTextMap(parsed.value);
  if (map === null) return "authData: what follows is no map with text keys";
  const bundleVersion = map.get("apple_bundle_version_01") ?? null;
  const category = map.get("apple_validation_category_01") ?? null;
  if (bundleVersion !== null && typeof bundleVersion !== "string")
    return "authData: apple_bundle_version_01 is no text";
  if (category === null) return { bundleVersion, validationCategory: null };
  if (!(category instanceof Uint8Array) || category.length !== 4)
    return "authData: apple_validation_category_01 is no string of 4 bytes";
  return { bundleVersion, validationCategory: Buffer.from(category).readUInt32LE() };
}
