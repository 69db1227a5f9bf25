import { type DerElement, derSequence, derTag, toInteger, toOctets, toUtf8 } from "@countersign/asn1";
import { type ApplicationId, parseApplicationId } from "./application-id.ts";
import { parseRootOfTrust, type RootOfTrust } from "./root-of-trust.ts";

/** Where a key came from (KeyMint `KeyOrigin`), by its number. */
export const keyOrigins = ["GENERATED", "DERIVED", "IMPORTED", "RESERVED", "SECURELY_IMPORTED"] as const;
export type KeyOrigin = (typeof keyOrigins)[number];

/** What each kind of authorization is read to. */
interface FieldValues {
  readonly integers: readonly bigint[];
  readonly integer: bigint;
  readonly present: true;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly origin: KeyOrigin;
  /** `YYYYMM` or `YYYYMMDD`; null where a device reports something else. */
  readonly patchLevel: string | null;
  readonly rootOfTrust: RootOfTrust;
  readonly applicationId: ApplicationId;
}
export type FieldKind = keyof FieldValues;

interface Field {
  readonly tag: number;
  readonly name: string;
  readonly kind: FieldKind;
}

/**
 * The authorizations that Google's verifier names, with its names and in the order of their tags
 * (https://source.android.com/docs/security/features/keystore/attestation#authorizationlist-fields).
 */
export const authorizationFields = [
  { tag: 1, name: "purposes", kind: "integers" },
  { tag: 2, name: "algorithms", kind: "integer" },
  { tag: 3, name: "keySize", kind: "integer" },
  { tag: 4, name: "blockModes", kind: "integers" },
  { tag: 5, name: "digests", kind: "integers" },
  { tag: 6, name: "paddings", kind: "integers" },
  { tag: 10, name: "ecCurve", kind: "integer" },
  { tag: 11, name: "mlDsaVariant", kind: "integer" },
  { tag: 200, name: "rsaPublicExponent", kind: "integer" },
  { tag: 203, name: "rsaOaepMgfDigests", kind: "integers" },
  { tag: 400, name: "activeDateTime", kind: "integer" },
  { tag: 401, name: "originationExpireDateTime", kind: "integer" },
  { tag: 402, name: "usageExpireDateTime", kind: "integer" },
  { tag: 405, name: "usageCountLimit", kind: "integer" },
  { tag: 503, name: "noAuthRequired", kind: "present" },
  { tag: 504, name: "userAuthType", kind: "integer" },
  { tag: 505, name: "authTimeout", kind: "integer" },
  { tag: 506, name: "allowWhileOnBody", kind: "present" },
  { tag: 507, name: "trustedUserPresenceRequired", kind: "present" },
  { tag: 508, name: "trustedConfirmationRequired", kind: "present" },
  { tag: 509, name: "unlockedDeviceRequired", kind: "present" },
  { tag: 701, name: "creationDateTime", kind: "integer" },
  { tag: 702, name: "origin", kind: "origin" },
  { tag: 703, name: "rollbackResistant", kind: "present" },
  { tag: 704, name: "rootOfTrust", kind: "rootOfTrust" },
  { tag: 705, name: "osVersion", kind: "integer" },
  { tag: 706, name: "osPatchLevel", kind: "patchLevel" },
  { tag: 709, name: "attestationApplicationId", kind: "applicationId" },
  { tag: 710, name: "attestationIdBrand", kind: "text" },
  { tag: 711, name: "attestationIdDevice", kind: "text" },
  { tag: 712, name: "attestationIdProduct", kind: "text" },
  { tag: 713, name: "attestationIdSerial", kind: "text" },
  { tag: 714, name: "attestationIdImei", kind: "text" },
  { tag: 715, name: "attestationIdMeid", kind: "text" },
  { tag: 716, name: "attestationIdManufacturer", kind: "text" },
  { tag: 717, name: "attestationIdModel", kind: "text" },
  { tag: 718, name: "vendorPatchLevel", kind: "patchLevel" },
  { tag: 719, name: "bootPatchLevel", kind: "patchLevel" },
  { tag: 723, name: "attestationIdSecondImei", kind: "text" },
  { tag: 724, name: "moduleHash", kind: "bytes" },
] as const satisfies readonly Field[];

type KnownField = (typeof authorizationFields)[number];

/** Authorizations by Google's names; absent where the list does not have them. */
export type AuthorizationValues = {
  readonly [F in KnownField as F["name"]]?: FieldValues[F["kind"]];
};

/** How the element inside an authorization's tag is read; undefined where it is not of that kind. */
export const fieldReaders: { readonly [K in FieldKind]: (element: DerElement) => FieldValues[K] | undefined } = {
  integers: readIntegers,
  integer: (element) => toInteger(element) ?? undefined,
  present: () => true,
  text: (element) => toUtf8(toOctets(element)) ?? undefined,
  bytes: (element) => toOctets(element) ?? undefined,
  origin: (element) => keyOrigins[Number(toInteger(element) ?? -1n)],
  patchLevel: readPatchLevel,
  rootOfTrust: (element) => parseRootOfTrust(element) ?? undefined,
  applicationId: (element) => parseApplicationId(element) ?? undefined,
};

function readIntegers(element: DerElement): readonly bigint[] | undefined {
  const values = derSequence(element, derTag.set)?.map((member) => toInteger(member));
  return values?.every((value) => value !== null) ? values : undefined;
}

function readPatchLevel(element: DerElement): string | null | undefined {
  const value = toInteger(element);
  if (value === null) return undefined;
  return /^\d{4}(0[1-9]|1[0-2])(\d\d)?$/.test(`${value}`) ? `${value}` : null;
}
