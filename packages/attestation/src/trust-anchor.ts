import {
  bytesEqual,
  type Certificate,
  isSelfIssued,
  loadVerificationKey,
  nameText,
  parseCertificate,
  parsePemCertificates,
  sha256,
  toHex,
} from "@countersign/asn1";
import { type KnownLinks, sharedLinks } from "./x509/known-links.ts";

/** A public key that vouches for attestation certificates. Dates are for people: vendors keep keys whose certificates have ended. */
export interface TrustAnchor {
  /** The subject in one line. */
  readonly name: string;
  /** The subject as a DER Name: the issuer of what this anchor signed. */
  readonly subject: Uint8Array;
  /** SHA-256 of `spki`, lower-case hex. */
  readonly spkiSha256: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
}

/** The anchor that a PEM certificate stands for. TypeError where the text is not exactly one usable certificate. */
export function trustAnchorFromPem(pem: string): TrustAnchor {
  const ders = parsePemCertificates(pem);
  const der = ders?.[0];
  if (ders?.length !== 1 || der === undefined) throw new TypeError("a trust anchor is exactly one PEM certificate");
  return trustAnchorFromDer(der);
}

/** The anchor that a DER certificate stands for. TypeError where it is not a certificate, or its key is neither RSA nor EC. */
export function trustAnchorFromDer(der: Uint8Array): TrustAnchor {
  const certificate = parseCertificate(der);
  if (certificate === null) throw new TypeError("a trust anchor is a DER certificate");
  if (loadVerificationKey(certificate.spki) === null) throw new TypeError("a trust anchor has an RSA or EC key");
  return {
    name: nameText(certificate.subject),
    subject: certificate.subjectDer.slice(),
    spkiSha256: toHex(sha256(certificate.spki)),
    spki: certificate.spki.slice(),
    notBeforeMs: certificate.notBeforeMs,
    notAfterMs: certificate.notAfterMs,
  };
}

/** An anchor that the project carries: subject and key in base64, dates in ISO 8601. */
export function fromConstant(constant: {
  readonly name: string;
  readonly subject: string;
  readonly spki: string;
  readonly spkiSha256: string;
  readonly notBefore: string;
  readonly notAfter: string;
}): TrustAnchor {
  return {
    name: constant.name,
    subject: new Uint8Array(Buffer.from(constant.subject, "base64")),
    spkiSha256: constant.spkiSha256,
    spki: new Uint8Array(Buffer.from(constant.spki, "base64")),
    notBeforeMs: Date.parse(constant.notBefore),
    notAfterMs: Date.parse(constant.notAfter),
  };
}

/** The anchors in one line, for findings. */
export function anchorNames(anchors: readonly TrustAnchor[]): string {
  return anchors.length === 0 ? "an anchor, but none is configured" : anchors.map((anchor) => anchor.name).join(" or ");
}

/**
 * The anchor that vouches for the chain, else null. Links are verified from the anchor downwards, so no key is used before it is
 * vouched for: names must chain and every signature must verify. The last certificate may be the anchor's own (self-issued, and
 * then its signature must verify too) or may be left out. Dates, basicConstraints and key usage are other rules.
 *
 * @param known signatures above the leaf that were verified before; what it holds cannot change the answer.
 */
export function findAnchor(
  chain: readonly Certificate[],
  anchors: readonly TrustAnchor[],
  known: KnownLinks = sharedLinks,
): TrustAnchor | null {
  const last = chain.at(-1);
  if (last === undefined) return null;
  return anchors.find((anchor) => matches(anchor, last) && vouches(anchor, chain, known)) ?? null;
}

function matches(anchor: TrustAnchor, last: Certificate): boolean {
  if (!bytesEqual(anchor.subject, last.issuerDer)) return false;
  return !isSelfIssued(last) || bytesEqual(anchor.spki, last.spki);
}

function vouches(anchor: TrustAnchor, chain: readonly Certificate[], known: KnownLinks): boolean {
  let issuer: { readonly name: Uint8Array; readonly spki: Uint8Array } = { name: anchor.subject, spki: anchor.spki };
  for (const certificate of chain.toReversed()) {
    if (!bytesEqual(certificate.issuerDer, issuer.name)) return false;
    // A leaf is seen once: remembering it would push out the issuers that every chain has.
    const signed =
      certificate === chain[0] ? known.verifies(certificate, issuer.spki) : known.isSignedBy(certificate, issuer.spki);
    if (!signed) return false;
    issuer = { name: certificate.subjectDer, spki: certificate.spki };
  }
  return true;
}
