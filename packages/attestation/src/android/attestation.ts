import {
  bytesEqual,
  type Certificate,
  certificateProblem,
  nameText,
  p256Point,
  parseCertificate,
  toBase64,
} from "@countersign/asn1";
import { appraise, type Verification } from "../findings.ts";
import { namesStrongBox } from "./chain-shape.ts";
import { checkApplication } from "./check-application.ts";
import { checkBoot } from "./check-boot.ts";
import { checkChain } from "./check-chain.ts";
import { checkKeyParameters } from "./check-key.ts";
import type { AndroidExpectations } from "./expectations.ts";
import { type AndroidFacts, toAndroidFacts } from "./facts.ts";
import {
  attestationVersions,
  isSoftware,
  type KeyDescription,
  keyDescriptionExtension,
  keyDescriptionProblem,
  parseKeyDescription,
} from "./key-description.ts";
import { type AndroidFindings, type AndroidRuleName, androidRules } from "./rules.ts";

const shortest = 3;
const longest = 6;
const hardwareRules = ["root_of_trust", "bootloader", "boot_state", "boot_key", "key_origin"] as const;
const maximumCertificateBytes = 8 * 1024;

/**
 * Verifies an Android key attestation
 * (https://developer.android.com/privacy-and-security/security-key-attestation). Pure and synchronous; never throws.
 * That the challenge is fresh, and that the attested key is the one announced, are the caller's.
 */
export function verifyAndroidKeyAttestation(expectations: AndroidExpectations): Verification<AndroidFacts> {
  return appraise<AndroidRuleName, AndroidFacts>(androidRules, (findings) => {
    const chain = readChain(findings, expectations.chain);
    if (chain === null) return null;
    const attested = findAttested(findings, chain);
    const provisioning = checkChain(findings, chain, expectations);
    if (attested === null) return null;
    const { description, leaf } = attested;
    checkLevel(findings, chain, description, expectations.allowSoftware);
    checkChallenge(findings, description, expectations.challenge);
    checkHardware(findings, description, expectations);
    if (expectations.enrolment) checkKeyParameters(findings, description, leaf.spki);
    else findings.waive("key_parameters", null, null);
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
  const found = () => (unreadable < 0 ? `${ders.length} certificates` : unreadableText(ders, unreadable));
  if (!findings.judge("structure", unreadable < 0, "DER certificates of at most 8 KiB", found)) return null;
  const fits = ders.length >= shortest && ders.length <= longest;
  findings.judge("chain_length", fits, () => `${shortest} to ${longest} certificates`, `${ders.length}`);
  return ders.length <= longest ? chain.filter((certificate) => certificate !== null) : null;
}

function unreadableText(ders: readonly Uint8Array[], index: number): string {
  const der = ders[index];
  const isLarge = der === undefined || der.length > maximumCertificateBytes;
  return `certificate ${index}: ${isLarge ? `${der?.length} bytes` : certificateProblem(der)}`;
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
  findings.judge("key_description", description !== null, "the documented structure", () =>
    description ? "it" : keyDescriptionProblem(extension),
  );
  if (description === null) return null;
  const version = description.attestationVersion;
  findings.judge(
    "attestation_version",
    attestationVersions.includes(version),
    () => attestationVersions.join(", "),
    `${version}`,
  );
  return { description, leaf };
}

/**
 * The levels, and the proof of a StrongBox. Software stands before the chain in the order: an emulator says so itself, and that
 * is the reason that helps.
 */
function checkLevel(
  findings: AndroidFindings,
  chain: readonly Certificate[],
  description: KeyDescription,
  allowSoftware: boolean,
): void {
  const { attestationSecurityLevel: attestation, keyMintSecurityLevel: key } = description;
  const expected = allowSoftware ? "any level" : "TRUSTED_ENVIRONMENT or STRONG_BOX";
  const counts = allowSoftware || !isSoftware(description);
  findings.judge("security_level", counts, expected, () => `attestation ${attestation}, key ${key}`);
  findings.judge("security_levels_agree", attestation === key, "one level for both", () => `${attestation}, ${key}`);

  const issuer = chain[1];
  const subject = () => (issuer ? nameText(issuer.subject) : null);
  if (attestation !== "STRONG_BOX" && key !== "STRONG_BOX") findings.waive("strongbox", null, subject);
  else {
    const proven = issuer !== undefined && namesStrongBox(issuer);
    findings.judge("strongbox", proven, "an attestation certificate that names StrongBox", subject);
  }
}

function checkChallenge(findings: AndroidFindings, description: KeyDescription, challenge: Uint8Array | null): void {
  const { attestationChallenge } = description;
  const found = () => toBase64(attestationChallenge);
  if (challenge === null) findings.waive("challenge", null, found);
  else findings.judge("challenge", bytesEqual(challenge, attestationChallenge), () => toBase64(challenge), found);
}

/** What only secure hardware can say, from the hardware-enforced list; waived for software keys that were allowed by name. */
function checkHardware(
  findings: AndroidFindings,
  description: KeyDescription,
  expectations: AndroidExpectations,
): void {
  if (expectations.allowSoftware && isSoftware(description)) {
    for (const name of hardwareRules) findings.waive(name, null, "a software key has none");
    return;
  }
  checkBoot(findings, description, expectations.verifiedBootKeys);
  const { origin } = description.hardwareEnforced;
  findings.judge("key_origin", origin === "GENERATED", "GENERATED, by the hardware", origin ?? "absent");
}
