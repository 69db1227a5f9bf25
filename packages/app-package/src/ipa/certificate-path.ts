import { type KeyObject, verify } from "node:crypto";
import {
  bytesEqual,
  type Certificate,
  isCertificateAuthority,
  isSignedBy,
  loadVerificationKey,
} from "@countersign/asn1";
import type { CodeAnchor } from "./apple-anchors.ts";

const MOST_LINKS = 4;
const sha1WithRsa = "1.2.840.113549.1.1.5";

export type PathVerdict = "good" | "untrusted" | "expired";

/**
 * Whether `leaf` leads to an anchor through authorities of `pool`, at most four certificates in all, each signed by the next and valid now. An
 * anchor is a key: the certificate it stands in may have ended, and is not asked for.
 */
export function judgePath(
  leaf: Certificate,
  pool: readonly Certificate[],
  anchors: readonly CodeAnchor[],
  nowMs: number,
): PathVerdict {
  let subject = leaf;
  let isCurrent = true;
  for (let links = 0; links < MOST_LINKS; links += 1) {
    isCurrent &&= nowMs >= subject.notBeforeMs && nowMs <= subject.notAfterMs;
    if (anchors.some(({ spki }) => isSignedByAnchor(subject, spki))) return isCurrent ? "good" : "expired";
    const issuer = pool.find((candidate) => isIssuer(candidate, subject));
    if (issuer === undefined) return "untrusted";
    subject = issuer;
  }
  return "untrusted";
}

function isIssuer(candidate: Certificate, subject: Certificate): boolean {
  if (candidate === subject || !bytesEqual(candidate.subjectDer, subject.issuerDer)) return false;
  const key = loadVerificationKey(candidate.spki);
  return isCertificateAuthority(candidate) && key !== null && isSignedBy(subject, key);
}

/** Apple's root signed its older authorities with SHA-1; who could make it sign a collision would not need one. No other key may use it. */
function isSignedByAnchor(subject: Certificate, spki: Uint8Array): boolean {
  const key = loadVerificationKey(spki);
  if (key === null) return false;
  return isSignedBy(subject, key) || (isCertificateAuthority(subject) && isSha1SignedBy(subject, key));
}

function isSha1SignedBy(subject: Certificate, key: KeyObject): boolean {
  if (subject.signatureAlgorithm !== sha1WithRsa || key.asymmetricKeyType !== "rsa") return false;
  try {
    return verify("sha1", subject.tbs, key, subject.signature);
  } catch {
    return false;
  }
}
