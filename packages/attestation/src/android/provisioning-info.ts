import type { Certificate } from "@countersign/asn1";
import { parseCbor } from "../cbor.ts";

/** Google's extension of remotely provisioned attestation certificates. */
export const provisioningInfoExtension = "1.3.6.1.4.1.11129.2.1.30";

const certificatesIssuedKey = 1;

/**
 * How many attestation certificates Google issued to the device within the last 30 days, by the CBOR map that its certificate carries
 * (https://source.android.com/docs/security/features/keystore/attestation#provisioninginfo-extension-schema). A leaked key that many share
 * shows as a high number. Null where there is no such extension, and where it is not what it should be: it is a hint, not a demand.
 */
export function certificatesIssued(attestation: Certificate | undefined): number | null {
  const extension = attestation?.extensions.get(provisioningInfoExtension);
  const parsed = extension === undefined ? null : parseCbor(extension);
  if (parsed === null || !parsed.ok || !(parsed.value instanceof Map)) return null;
  const issued: unknown = parsed.value.get(certificatesIssuedKey);
  return typeof issued === "number" && Number.isSafeInteger(issued) && issued >= 0 ? issued : null;
}
