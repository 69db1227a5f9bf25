import { bytesEqual, toHex } from "../bytes.ts";
import { appraise, type Verification } from "../findings.ts";
import { type Certificate, parseCertificate } from "../x509/certificate.ts";
import { nameText } from "../x509/name.ts";
import { p256Point } from "../x509/public-key.ts";
import { namesStrongBox } from "./chain-shape.ts";
import { checkApplication } from "./check-application.ts";
import { checkBoot, waiveBoot } from "./check-boot.ts";
import { checkChain } from "./check-chain.ts";
import { checkKeyParameters } from "./check-key.ts";
import type { AndroidExpectations } from "./expectations.ts";
import { type AndroidFacts, toAndroidFacts } from "./facts.ts";
import {
  attestationVersions,
  type KeyDescription,
  keyDescriptionExtension,
  parseKeyDescription,
} from "./key-description.ts";
import { type AndroidFindings, type AndroidRuleName, androidRules } from "./rules.ts";

const shortest = 3;
const longest = 6;
const maximumCertificateBytes = 8 * 1024;

/**
 * Verifies an Android key attestation
 * (https://developer.android.com/privacy-and-security/security-key-attestation). Pure and synchronous; never throws.
 * That the challenge is fresh, and that the attested key is the one announced, are the caller's.
 */
export function verifyAndroidKeyAttestation(expectations: AndroidExpectations): Verification<AndroidFacts> {
  return appraise<AndroidRuleName, AndroidFacts>(androidRules, (findings) => {
    const chain = readChain(findings, expectations.chain);
    const attested = chain && findAttested(findings, chain);
    if (!chain || !attested) return null;
    const { description, leaf } = attested;
    const isSoftware = checkLevel(findings, description, expectations.allowSoftware);
    const provisioning = checkChain(findings, chain, expectations);
    checkClaims(findings, chain, description, expectations.challenge);
    if (isSoftware && expectations.allowSoftware) waiveBoot(findings);
    else {
      checkBoot(findings, description, expectations.verifiedBootKeys);
      const { origin } = description.hardwareEnforced;
      findings.judge("key_origin", origin === "GENERATED", "GENERATED, by the hardware", origin ?? "absent");
    }
    if (expectations.enrolment) {
      const enforced = isSoftware ? description.softwareEnforced : description.hardwareEnforced;
      checkKeyParameters(findings, enforced, p256Point(leaf.spki));
    } else findings.waive("key_parameters", null, null);
    checkApplication(findings, description, expectations);
    return toAndroidFacts(chain, leaf, description, provisioning);
  });
}

/** The attested key's 65-byte point, for routing before anything costly; null where it is no P-256 key. Nothing is verified here. */
export function peekAndroidKey(chain: readonly Uint8Array[]): Uint8Array | null {
  const leaf = chain[0];
  if (leaf === undefined || leaf.length > maximumCertificateBytes) return null;
  const certificate = parseCertificate(leaf);
  return certificate && p256Point(certificate.spki);
}

function readChain(findings: AndroidFindings, ders: readonly Uint8Array[]): readonly Certificate[] | null {
  const bounded = ders.slice(0, longest + 1);
  const chain = bounded.map((der) => (der.length <= maximumCertificateBytes ? parseCertificate(der) : null));
  const unreadable = chain.indexOf(null);
  const found = unreadable < 0 ? `${ders.length} certificates` : `certificate ${unreadable} is not one`;
  if (!findings.judge("structure", unreadable < 0, "DER certificates of at most 8 KiB", found)) return null;
  const fits = ders.length >= shortest && ders.length <= longest;
  findings.judge("chain_length", fits, `${shortest} to ${longest} certificates`, `${ders.length}`);
  return ders.length <= longest ? chain.filter((certificate) => certificate !== null) : null;
}

/**
 * The attested certificate is the one with a key description that stands closest to the root, and it must be the leaf. Any app can
 * have a genuine key attested and sign with it a certificate of its own with a description of its own; taking the description of
 * the first certificate would believe that one.
 */
function findAttested(
  findings: AndroidFindings,
  chain: readonly Certificate[],
): { description: KeyDescription; leaf: Certificate } | null {
  const index = chain.findLastIndex((certificate) => certificate.extensions.has(keyDescriptionExtension));
  const leaf = chain[index];
  const extension = leaf?.extensions.get(keyDescriptionExtension);
  if (!leaf || !extension) {
    findings.waive("attested_key_position", "certificate 0", "nowhere");
    findings.judge("key_description_present", false, `extension ${keyDescriptionExtension}`, "absent");
    return null;
  }
  findings.judge("attested_key_position", index === 0, "certificate 0", `certificate ${index}`);
  findings.judge("key_description_present", true, `extension ${keyDescriptionExtension}`, "there");
  const description = parseKeyDescription(extension);
  findings.judge("key_description", description !== null, "the documented structure", description ? "it" : "another");
  if (description === null) return null;
  const version = description.attestationVersion;
  findings.judge(
    "attestation_version",
    attestationVersions.includes(version),
    attestationVersions.join(", "),
    `${version}`,
  );
  return { description, leaf };
}

/** Software is judged before the chain: an emulator says so itself, and this is the reason that helps. Answers whether it is software. */
function checkLevel(findings: AndroidFindings, description: KeyDescription, allowSoftware: boolean): boolean {
  const { attestationSecurityLevel: attestation, keyMintSecurityLevel: key } = description;
  const isSoftware = attestation === "SOFTWARE" || key === "SOFTWARE";
  const expected = allowSoftware ? "any level" : "TRUSTED_ENVIRONMENT or STRONG_BOX";
  findings.judge("security_level", !isSoftware || allowSoftware, expected, `attestation ${attestation}, key ${key}`);
  findings.judge(
    "security_levels_agree",
    attestation === key,
    "one level for attestation and key",
    `${attestation}, ${key}`,
  );
  return isSoftware;
}

/** What the description claims of its own level and challenge. */
function checkClaims(
  findings: AndroidFindings,
  chain: readonly Certificate[],
  description: KeyDescription,
  challenge: Uint8Array | null,
): void {
  const claimed = [description.attestationSecurityLevel, description.keyMintSecurityLevel].includes("STRONG_BOX");
  const issuer = chain[1];
  const subject = issuer ? nameText(issuer.subject) : null;
  if (claimed) {
    findings.judge(
      "strongbox",
      issuer !== undefined && namesStrongBox(issuer),
      "an attestation certificate that names StrongBox",
      subject,
    );
  } else findings.waive("strongbox", null, subject);

  const found = toHex(description.attestationChallenge);
  if (challenge === null) findings.waive("challenge", null, found);
  else findings.judge("challenge", bytesEqual(challenge, description.attestationChallenge), toHex(challenge), found);
}
