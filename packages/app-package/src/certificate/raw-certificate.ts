import { type DerElement, derTag, isUniversal, nameText, toOid } from "@countersign/asn1";
import { berExplicit, berSequenceOf, isContext, readBerElement, toDerLengths } from "./ber-element.ts";
import { toBerInteger } from "./ber-integer.ts";
import {
  areOptionalFields,
  areSameAlgorithm,
  certificateVersion,
  isBitString,
  isValidity,
} from "./certificate-form.ts";
import { withPositiveModulus } from "./positive-modulus.ts";
import { parseRawName } from "./raw-name.ts";

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

/**
 * Reads the one certificate that `bytes` are (RFC 5280 §4.1), in BER of any lengths; null where they are something else, or go on after it.
 * Never throws.
 */
export function parseRawCertificate(bytes: Uint8Array): RawCertificate | null {
  const outer = readBerElement(bytes);
  const parts = berSequenceOf(outer);
  const fields = berSequenceOf(parts?.[0]);
  if (outer?.raw.length !== bytes.length || parts?.length !== 3 || !fields) return null;
  const [, algorithm, signature] = parts;
  const version = certificateVersion(fields[0]);
  const [serial, innerAlgorithm, issuer, validity, subject, spki, ...optional] = fields.slice(
    isContext(fields[0], 0) ? 1 : 0,
  );
  if (version === null || !areOptionalFields(optional, version) || !isValidity(validity)) return null;
  if (!areSameAlgorithm(innerAlgorithm, algorithm) || !isBitString(signature)) return null;
  const serialNumber = toBerInteger(serial);
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

function readExtensions(optional: readonly DerElement[]): readonly RawExtension[] | null {
  const field = optional.find((candidate) => isContext(candidate, 3));
  if (field === undefined) return [];
  const list = berSequenceOf(berExplicit(field, 3));
  if (list === null) return null;
  const extensions: RawExtension[] = [];
  const seen = new Set<string>();
  for (const element of list) {
    const parts = berSequenceOf(element);
    const oid = toOid(parts?.[0]);
    const flag = parts?.length === 3 ? parts[1] : undefined;
    const value = parts?.at(-1);
    if (!parts || parts.length < 2 || parts.length > 3 || oid === null || !value) return null;
    if (value.constructed || !isUniversal(value, derTag.octetString)) return null;
    if (flag && (!isUniversal(flag, derTag.boolean) || flag.value.length !== 1)) return null;
    if (seen.has(oid)) return null;
    seen.add(oid);
    extensions.push({ oid, critical: flag !== undefined && flag.value[0] !== 0, value: value.value });
  }
  return extensions;
}
