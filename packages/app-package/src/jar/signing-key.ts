import type { KeyObject } from "node:crypto";
import { derSequence, parseDer, toBits } from "@countersign/asn1";
import { loadAndroidKey } from "../certificate/android-key.ts";
import type { RawCertificate } from "../certificate/raw-certificate.ts";
import type { KeyType } from "./signature-algorithms.ts";

/**
 * Critical extensions that both Android's certificate readers and Java's know: RFC 5280's of use to an end entity or an authority, and
 * Netscape's type. A certificate with another critical one signs nothing (apksig, `hasUnsupportedCriticalExtension`).
 */
const knownExtensions: ReadonlySet<string> = new Set([
  "2.5.29.15",
  "2.5.29.17",
  "2.5.29.19",
  "2.5.29.30",
  "2.5.29.31",
  "2.5.29.32",
  "2.5.29.33",
  "2.5.29.36",
  "2.5.29.37",
  "2.5.29.54",
  "2.16.840.1.113730.1.1",
]);
const keyUsage = "2.5.29.15";

/** Bits digitalSignature and nonRepudiation of keyUsage (RFC 5280 §4.2.1.3). */
const signingBits = 0xc0;

/** What keeps the certificate from signing packages, for people; null where nothing does. */
export function certificateUnfit(certificate: RawCertificate): string | null {
  for (const { oid, critical, value } of certificate.extensions) {
    if (critical && !knownExtensions.has(oid)) return `its critical extension ${oid} is not known`;
    if (oid !== keyUsage) continue;
    // A named bit list may have unused bits, which `toBits` does not take: the first octet of bits is the second of the value.
    const element = parseDer(value);
    const bits = element?.tagNumber === 3 && !element.constructed ? element.value : null;
    if (bits === null || ((bits[1] ?? 0) & signingBits) === 0) return "its keyUsage allows no digital signature";
  }
  return null;
}

/** The certificate's key where it is of this type and can be used; else null. */
export function loadSigningKey(certificate: RawCertificate, type: KeyType): KeyObject | null {
  const parts = derSequence(parseDer(certificate.spki));
  if (parts?.length !== 2 || toBits(parts[1]) === null) return null;
  const key = loadAndroidKey(certificate.spki);
  return key?.asymmetricKeyType === type ? key : null;
}
