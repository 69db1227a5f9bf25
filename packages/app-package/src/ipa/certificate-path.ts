import { type KeyObject, verify } from "node:crypto";
import {
  bytesEqual,
  type Certificate,
  derSequence,
  isCertificateAuthority,
  isSignedBy,
  loadVerificationKey,
  parseDer,
  toOid,
} from "@countersign/asn1";
import type { CodeAnchor } from "./apple-anchors.ts";

const sha1WithRsa = "1.2.840.113549.1.1.5";
const extension = { keyUsage: "2.5.29.15", extendedKeyUsage: "2.5.29.37" };
const usage = { digitalSignature: 0x80, certificateSign: 0x04 };

export type PathVerdict = "good" | "untrusted" | "expired";

/**
 * Whether `leaf` leads to an anchor as Apple's policies for phones ask (SecPolicyPriv.h): exactly three certificates, the anchor's among them, and the
 * one between is an authority that `isIntermediate` takes. An anchor is a key: the certificate it stands in is not asked for. Where several
 * certificates of the pool are the authority, one that is valid suffices.
 */
export function judgePath(
  leaf: Certificate,
  pool: readonly Certificate[],
  anchors: readonly CodeAnchor[],
  nowMs: number,
  isIntermediate: (candidate: Certificate) => boolean,
): PathVerdict {
  if (!mayUseKey(leaf, usage.digitalSignature)) return "untrusted";
  const intermediates = pool.filter(
    (candidate) =>
      isIntermediate(candidate) &&
      isIssuer(candidate, leaf) &&
      anchors.some(({ spki }) => isSignedByAnchor(candidate, spki)),
  );
  if (intermediates.length === 0) return "untrusted";
  return isCurrent(leaf, nowMs) && intermediates.some((each) => isCurrent(each, nowMs)) ? "good" : "expired";
}

/** The purposes (extKeyUsage, RFC 5280 §4.2.1.12) a certificate is for; null where it names none. */
export function purposesOf(certificate: Certificate): readonly string[] | null {
  const value = certificate.extensions.get(extension.extendedKeyUsage);
  if (value === undefined) return null;
  return (derSequence(parseDer(value)) ?? []).map((purpose) => toOid(purpose) ?? "");
}

function isCurrent({ notBeforeMs, notAfterMs }: Certificate, nowMs: number): boolean {
  return nowMs >= notBeforeMs && nowMs <= notAfterMs;
}

/** RFC 5280 §4.2.1.3: a certificate that does not restrict its key's usage allows all. */
function mayUseKey(certificate: Certificate, bit: number): boolean {
  const value = certificate.extensions.get(extension.keyUsage);
  if (value === undefined) return true;
  const bits = parseDer(value);
  return bits?.tagClass === "universal" && bits.tagNumber === 3 && ((bits.value[1] ?? 0) & bit) !== 0;
}

function isIssuer(candidate: Certificate, subject: Certificate): boolean {
  if (candidate === subject || !bytesEqual(candidate.subjectDer, subject.issuerDer)) return false;
  if (!isCertificateAuthority(candidate) || !mayUseKey(candidate, usage.certificateSign)) return false;
  const key = loadVerificationKey(candidate.spki);
  return key !== null && isSignedBy(subject, key);
}

/** Apple's root signed its older authorities with SHA-1; who could make it sign a collision would not need one. No other key may use it. */
function isSignedByAnchor(subject: Certificate, spki: Uint8Array): boolean {
  const key = loadVerificationKey(spki);
  return key !== null && (isSignedBy(subject, key) || isSha1SignedBy(subject, key));
}

function isSha1SignedBy(subject: Certificate, key: KeyObject): boolean {
  if (subject.signatureAlgorithm !== sha1WithRsa || key.asymmetricKeyType !== "rsa") return false;
  try {
    return verify("sha1", subject.tbs, key, subject.signature);
  } catch {
    return false;
  }
}
