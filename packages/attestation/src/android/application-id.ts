import { type DerElement, derSequence, derTag, parseDer, toInteger, toOctets, toUtf8 } from "@countersign/asn1";

/** Which app asked for the key: written by the operating system, so it is worth what the root of trust is worth. */
export interface ApplicationId {
  /** Several where apps share a user id. */
  readonly packages: readonly { readonly name: string; readonly version: bigint }[];
  /** SHA-256 of the signing certificates. */
  readonly signatures: readonly Uint8Array[];
}

/** Reads an AttestationApplicationId from the OCTET STRING that holds its DER, else null. */
export function parseApplicationId(element: DerElement): ApplicationId | null {
  const contents = toOctets(element);
  const fields = contents ? derSequence(parseDer(contents)) : null;
  const packages = derSequence(fields?.[0], derTag.set)?.map(parsePackage);
  const signatures = derSequence(fields?.[1], derTag.set)?.map((member) => toOctets(member));
  if (fields?.length !== 2 || !packages || !signatures) return null;
  if (!packages.every((item) => item !== null) || !signatures.every((item) => item !== null)) return null;
  return { packages, signatures };
}

function parsePackage(element: DerElement): { name: string; version: bigint } | null {
  const fields = derSequence(element);
  const name = toUtf8(toOctets(fields?.[0]));
  const version = toInteger(fields?.[1]);
  return fields?.length === 2 && name !== null && version !== null ? { name, version } : null;
}
