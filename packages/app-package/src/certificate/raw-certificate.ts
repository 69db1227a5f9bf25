import { type DerElement, derTag, isUniversal, nameText, toHex, toOid } from "@countersign/asn1";
import { berExplicit, berSequenceOf, isContext, readBerElement, toDerLengths } from "./ber-element.ts";
import { withPositiveModulus } from "./positive-modulus.ts";
import { parseRawName } from "./raw-name.ts";

/** Longer serial numbers than this are in no certificate; RFC 5280 §4.1.2.2 stops at 20. */
const maximumSerialBytes = 1024;

/**
 * A signing certificate as Android reads it: it need not be DER. Android takes certificates whose lengths are not minimal or are
 * indefinite, because applications were signed with such, and compares them by the bytes that stand in the package, never by a
 * re-encoding of them (apksig, `GuaranteedEncodedFormX509Certificate`). Nothing of it is verified: who issued an application's
 * certificate, and for how long, counts for nothing on Android.
 */
export interface RawCertificate {
  /** The certificate as it stands; its SHA-256 is the signer's identity. */
  readonly bytes: Uint8Array;
  readonly serial: bigint;
  /** The names in DER. */
  readonly issuerDer: Uint8Array;
  readonly subjectDer: Uint8Array;
  /** The issuer in the form in which `parseRawName` makes names comparable. */
  readonly issuer: string;
  /** In one line, for people. */
  readonly subject: string;
  /** SubjectPublicKeyInfo in DER, an RSA modulus as a positive number: what Android compares and loads. */
  readonly spki: Uint8Array;
  readonly extensions: readonly RawExtension[];
}

export interface RawExtension {
  readonly oid: string;
  readonly critical: boolean;
  /** The extension's own encoding. */
  readonly value: Uint8Array;
}

/** Reads the one certificate that `bytes` are; null where they are something else, or go on after it. Never throws. */
export function parseRawCertificate(bytes: Uint8Array): RawCertificate | null {
  const outer = readBerElement(bytes);
  const parts = berSequenceOf(outer);
  const fields = berSequenceOf(parts?.[0]);
  if (outer?.raw.length !== bytes.length || !parts || !fields) return null;
  const [, algorithm, signature] = parts;
  if (toOid(berSequenceOf(algorithm)?.[0]) === null || !signature || !isUniversal(signature, derTag.bitString))
    return null;
  const versioned = isContext(fields[0], 0);
  const [serial, , issuer, , subject, spki, ...optional] = versioned ? fields.slice(1) : fields;
  const serialNumber = toSerial(serial);
  const issuerName = parseRawName(issuer);
  const subjectName = parseRawName(subject);
  const issuerDer = issuer ? toDerLengths(issuer) : null;
  const subjectDer = subject ? toDerLengths(subject) : null;
  const spkiDer = spki && isUniversal(spki, derTag.sequence) ? toDerLengths(spki) : null;
  const extensions = readExtensions(optional);
  if (serialNumber === null || issuerName === null || subjectName === null || extensions === null) return null;
  if (issuerDer === null || subjectDer === null || spkiDer === null) return null;
  return {
    bytes,
    serial: serialNumber,
    issuerDer,
    subjectDer,
    issuer: issuerName.canonical,
    subject: nameText(subjectName.attributes),
    spki: withPositiveModulus(spkiDer),
    extensions,
  };
}

/** An INTEGER that may have redundant leading bytes, and may be negative; else null. */
export function toSerial(element: DerElement | undefined): bigint | null {
  if (!element || element.constructed || !isUniversal(element, derTag.integer)) return null;
  const { length } = element.value;
  if (length > maximumSerialBytes) return null;
  return length === 0 ? 0n : BigInt.asIntN(8 * length, BigInt(`0x${toHex(element.value)}`));
}

function readExtensions(optional: readonly DerElement[]): readonly RawExtension[] | null {
  const field = optional.find((candidate) => isContext(candidate, 3));
  if (field === undefined) return [];
  const list = berSequenceOf(berExplicit(field, 3));
  if (list === null) return null;
  const extensions: RawExtension[] = [];
  for (const element of list) {
    const parts = berSequenceOf(element);
    const oid = toOid(parts?.[0]);
    const flag = parts?.length === 3 ? parts[1] : undefined;
    const value = parts?.at(-1);
    if (!parts || parts.length < 2 || parts.length > 3 || oid === null || !value) return null;
    if (value.constructed || !isUniversal(value, derTag.octetString)) return null;
    if (flag && (!isUniversal(flag, derTag.boolean) || flag.value.length !== 1)) return null;
    extensions.push({ oid, critical: flag !== undefined && flag.value[0] !== 0, value: value.value });
  }
  return extensions;
}
