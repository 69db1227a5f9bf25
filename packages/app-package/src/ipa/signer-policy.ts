import { type Certificate, nameType } from "@countersign/asn1";
import type { CodeAnchor } from "./apple-anchors.ts";
import { judgePath, type PathVerdict, purposesOf } from "./certificate-path.ts";

const organizationalUnit = "2.5.4.11";
const purpose = { codeSigning: "1.3.6.1.5.5.7.3.3", any: "2.5.29.37.0" };
/** Extensions by which Apple marks certificates: of developers (development, distribution), of the App Store, and the authority of developers. */
const marker = {
  developer: ["1.2.840.113635.100.6.1.2", "1.2.840.113635.100.6.1.4"],
  appStore: "1.2.840.113635.100.6.1.3",
  developerAuthority: "1.2.840.113635.100.6.2.1",
};
const name = {
  phoneAuthority: "Apple iPhone Certification Authority",
  appStore: "Apple iPhone OS Application Signing",
  profile: "Apple iPhone OS Provisioning Profile Signing",
};

/** Who vouches, at which time. */
export interface Trust {
  readonly anchors: readonly CodeAnchor[];
  readonly nowMs: number;
}

export interface CodeSigner {
  readonly kind: "developer" | "appStore";
  readonly path: PathVerdict;
  /** The team that the certificate names; null where it names none, or several, and of the App Store, which signs for all. */
  readonly teamId: string | null;
}

/**
 * Who signed code, by the policies that phones have (SecPolicyPriv.h): developers by `SecPolicyCreateiPhoneProfileApplicationSigning`, which asks
 * for validity and the purpose of code signing; the App Store by `SecPolicyCreateiPhoneApplicationSigning`, which asks for names and not for validity.
 */
export function judgeCodeSigner(
  signer: Certificate,
  pool: readonly Certificate[],
  { anchors, nowMs }: Trust,
): CodeSigner {
  const purposes = purposesOf(signer);
  if (signer.extensions.has(marker.appStore)) {
    const isNamed = commonNameOf(signer) === name.appStore && (purposes === null || purposes.some(isForCode));
    const path = judgePath(signer, pool, anchors, nowMs, isPhoneAuthority);
    return { kind: "appStore", path: isNamed ? withoutTime(path) : "untrusted", teamId: null };
  }
  const isMarked = marker.developer.some((each) => signer.extensions.has(each));
  const mayInstall = isMarked && purposes?.includes(purpose.codeSigning) === true;
  const isAuthority = (candidate: Certificate) => candidate.extensions.has(marker.developerAuthority);
  const path = judgePath(signer, pool, anchors, nowMs, isAuthority);
  return { kind: "developer", path: mayInstall ? path : "untrusted", teamId: only(signer, organizationalUnit) };
}

/**
 * True where the certificate is the one that signs profiles (`SecPolicyCreateiPhoneProvisioningProfileSigning`). Every developer has a certificate
 * that leads to Apple: a path alone would let each write profiles. Validity is not asked for: the profile has an end of its own.
 */
export function isProfileSigner(signer: Certificate, pool: readonly Certificate[], { anchors, nowMs }: Trust): boolean {
  const path = judgePath(signer, pool, anchors, nowMs, isPhoneAuthority);
  return commonNameOf(signer) === name.profile && path !== "untrusted";
}

function isForCode(each: string): boolean {
  return each === purpose.codeSigning || each === purpose.any;
}

function isPhoneAuthority(candidate: Certificate): boolean {
  return commonNameOf(candidate) === name.phoneAuthority;
}

function withoutTime(path: PathVerdict): PathVerdict {
  return path === "expired" ? "good" : path;
}

function commonNameOf(certificate: Certificate): string | null {
  return only(certificate, nameType.commonName);
}

/** The one value of this type in the subject; null where there is none, or several, of which readers could take any. */
function only({ subject }: Certificate, type: string): string | null {
  const [first, ...others] = subject.filter((attribute) => attribute.type === type);
  return first !== undefined && others.length === 0 ? first.value : null;
}
