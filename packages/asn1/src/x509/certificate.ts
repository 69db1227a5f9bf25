import { type KeyObject, verify } from "node:crypto";
import { bytesEqual } from "../bytes.ts";
import { type DerElement, derExplicit, derSequence, parseDer } from "../der/element.ts";
import { derProblem } from "../der/problem.ts";
import { toBits, toBoolean, toInteger, toOctets, toOid, toTimeMs } from "../der/value.ts";
import { type NameAttribute, parseName } from "./name.ts";

/**
 * A certificate as far as attestation needs it. Read by our own DER reader and nothing else: the bytes whose signature is
 * checked (`tbs`) are the bytes these values came from. Node's `X509Certificate` first looks for PEM text anywhere in its
 * input, so a certificate with another one inside an extension would be judged by the inner and read by the outer.
 */
export interface Certificate {
  /** Lower-case hex without padding, as in Google's status list; a negative serial has a leading minus. */
  readonly serial: string;
  readonly subject: readonly NameAttribute[];
  readonly subjectDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly spki: Uint8Array;
  /** Extension contents by dotted identifier. */
  readonly extensions: ReadonlyMap<string, Uint8Array>;
  /** The whole certificate, as it was read. */
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
}

/** What a signature algorithm demands of the signer's key. SHA-1 and every other algorithm are refused. */
const signatureAlgorithms: Readonly<Record<string, { hash: string; key: "ec" | "rsa" }>> = {
  "1.2.840.10045.4.3.2": { hash: "sha256", key: "ec" },
  "1.2.840.10045.4.3.3": { hash: "sha384", key: "ec" },
  "1.2.840.10045.4.3.4": { hash: "sha512", key: "ec" },
  "1.2.840.113549.1.1.11": { hash: "sha256", key: "rsa" },
  "1.2.840.113549.1.1.12": { hash: "sha384", key: "rsa" },
  "1.2.840.113549.1.1.13": { hash: "sha512", key: "rsa" },
};

/** Reads one DER certificate (RFC 5280 §4.1); null where the bytes are anything else. Verifies nothing. */
export function parseCertificate(der: Uint8Array): Certificate | null {
  const read = readCertificate(der);
  return typeof read === "string" ? null : read;
}

/** What keeps the bytes from being a certificate, for people; null where nothing does. */
export function certificateProblem(der: Uint8Array): string | null {
  const read = readCertificate(der);
  return typeof read === "string" ? (derProblem(der) ?? read) : null;
}

function readCertificate(der: Uint8Array): Certificate | string {
  const outer = derSequence(parseDer(der));
  if (outer?.length !== 3) return "no SEQUENCE of tbsCertificate, signatureAlgorithm and signature";
  const [tbs, algorithm] = outer;
  const signature = toBits(outer[2]);
  const fields = derSequence(tbs);
  if (!tbs || !fields) return "tbsCertificate is no SEQUENCE";
  if (!algorithm || !signature) return "the signature is no BIT STRING of whole octets";

  const versioned = fields[0]?.tagClass === "context" && fields[0].tagNumber === 0;
  const [serial, innerAlgorithm, issuer, validity, subject, spki, ...optional] = versioned ? fields.slice(1) : fields;
  const serialNumber = toInteger(serial);
  if (serialNumber === null) return "the serial number is no INTEGER of at most 64 bytes";
  const signatureAlgorithm = toOid(derSequence(algorithm)?.[0]);
  if (!innerAlgorithm || !issuer || !subject || !spki) return "tbsCertificate lacks fields";
  if (signatureAlgorithm === null) return "the signature algorithm has no identifier";
  if (!bytesEqual(innerAlgorithm.raw, algorithm.raw)) return "the two signature algorithms differ";
  const dates = derSequence(validity);
  const notBeforeMs = toTimeMs(dates?.[0]);
  const notAfterMs = toTimeMs(dates?.[1]);
  if (dates?.length !== 2 || notBeforeMs === null || notAfterMs === null) return "the validity is not two times";
  const subjectName = parseName(subject);
  if (subjectName === null || parseName(issuer) === null) return "the issuer or the subject is no Name";
  const extensions = readExtensions(optional);
  if (typeof extensions === "string") return extensions;
  return {
    serial: serialNumber.toString(16),
    subject: subjectName,
    subjectDer: subject.raw,
    issuerDer: issuer.raw,
    notBeforeMs,
    notAfterMs,
    spki: spki.raw,
    extensions,
    der,
    tbs: tbs.raw,
    signatureAlgorithm,
    signature,
  };
}

/** True where `key` signed this certificate with an allowed algorithm. Names and dates are other rules. */
export function isSignedBy(certificate: Certificate, key: KeyObject): boolean {
  const algorithm = signatureAlgorithms[certificate.signatureAlgorithm];
  if (algorithm === undefined || key.asymmetricKeyType !== algorithm.key) return false;
  try {
    return verify(algorithm.hash, certificate.tbs, key, certificate.signature);
  } catch {
    return false;
  }
}

/** True where the certificate's issuer and subject are the same name. */
export function isSelfIssued(certificate: Certificate): boolean {
  return bytesEqual(certificate.issuerDer, certificate.subjectDer);
}

/** True where basicConstraints (RFC 5280 §4.2.1.9) says that the subject is a CA. */
export function isCertificateAuthority(certificate: Certificate): boolean {
  const extension = certificate.extensions.get("2.5.29.19");
  const constraints = extension ? derSequence(parseDer(extension)) : null;
  return toBoolean(constraints?.[0]) === true;
}

/** Extensions by identifier. A certificate that repeats one has no single meaning and is not read. */
function readExtensions(optional: readonly DerElement[]): ReadonlyMap<string, Uint8Array> | string {
  const extensions = new Map<string, Uint8Array>();
  for (const field of optional) {
    if (field.tagClass !== "context" || field.tagNumber > 3 || field.tagNumber < 1)
      return "tbsCertificate has a field that no version knows";
    if (field.tagNumber !== 3) continue;
    const list = derSequence(derExplicit(field));
    if (list === null) return "the extensions are no SEQUENCE";
    for (const extension of list) {
      const parts = derSequence(extension);
      const oid = toOid(parts?.[0]);
      const value = toOctets(parts?.at(-1));
      const critical = parts?.length === 3 ? toBoolean(parts[1]) : false;
      if (!parts || parts.length < 2 || parts.length > 3 || critical === null || oid === null || value === null)
        return "an extension is not an identifier, a BOOLEAN and an OCTET STRING";
      if (extensions.has(oid)) return `extension ${oid} stands twice`;
      extensions.set(oid, value);
    }
  }
  return extensions;
}
