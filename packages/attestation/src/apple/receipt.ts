import {
  bytesEqual,
  type Certificate,
  isCertificateAuthority,
  loadVerificationKey,
  nameText,
  p256Point,
  parseCertificate,
  toHex,
} from "@countersign/asn1";
import { isContentSignedBy, parseSignedData, type SignedData } from "../cms/signed-data.ts";
import { appraise, type Findings, type Rule, type Verification } from "../findings.ts";
import { isoTime } from "../iso-time.ts";
import { anchorNames, findAnchor, type TrustAnchor } from "../trust-anchor.ts";
import type { AppAttestEnvironment } from "./environment.ts";
import { parseReceiptPayload, type ReceiptPayload } from "./receipt-payload.ts";

/** The rules in their documented order (docs/evidence.md). */
export const receiptRules = [
  { name: "receipt_structure", reason: "receipt_malformed" },
  { name: "receipt_chain_length", reason: "chain_length" },
  { name: "receipt_chain_trust", reason: "chain_untrusted" },
  { name: "receipt_signer", reason: "receipt_signer_unauthorized" },
  { name: "receipt_not_before", reason: "certificate_not_yet_valid" },
  { name: "receipt_not_after", reason: "certificate_expired" },
  { name: "receipt_signature", reason: "receipt_signature_invalid" },
  { name: "receipt_app_id", reason: "app_id_mismatch" },
  { name: "receipt_public_key", reason: "public_key_mismatch" },
  { name: "receipt_environment", reason: "environment_mismatch" },
  { name: "receipt_client_data", reason: "challenge_mismatch" },
  { name: "receipt_type", reason: "receipt_type_unexpected" },
  { name: "receipt_created", reason: "receipt_not_fresh" },
  { name: "receipt_expiration", reason: "receipt_expired" },
] as const satisfies readonly Rule[];

/** The rules that say whether Apple wrote a receipt; the others hold what it says against the instance. */
export const receiptAuthorship: readonly string[] = receiptRules
  .map(({ name }) => name)
  .slice(0, 1 + receiptRules.findIndex(({ name }) => name === "receipt_signature"));

type RuleName = (typeof receiptRules)[number]["name"];
type ReceiptFindings = Findings<RuleName>;

/** What a receipt says. Only facts of an accepted receipt are Apple's word. */
export interface ReceiptFacts extends Omit<ReceiptPayload, "certificate"> {
  /** The 65-byte point of the key that the attested certificate is for; empty where that is no P-256 key. */
  readonly publicKey: Uint8Array;
}

/** What a receipt is held against. */
export interface ReceiptExpectations {
  /** The receipt as `attStmt.receipt` or Apple's server gave it; decoded, not base64. */
  readonly receipt: Uint8Array;
  /** `TEAMID.bundle.id`; empty refuses. */
  readonly appIds: readonly string[];
  /** The 65-byte point of the instance's attested key. */
  readonly publicKey: Uint8Array;
  /** Null: either environment counts. */
  readonly environment: AppAttestEnvironment | null;
  /** As it was handed to `attestKey`; null: not evaluated. Apple's server spoils it in renewed receipts. */
  readonly clientDataHash: Uint8Array | null;
  /** Empty refuses. */
  readonly anchors: readonly TrustAnchor[];
  readonly nowMs: number;
  /** Whether this is the receipt that came with an attestation just made: of type ATTEST, created within five minutes of `nowMs`. */
  readonly fresh: boolean;
}

const maximumBytes = 16 * 1024;
const freshMs = 5 * 60_000;
/** Apple: "Application Attestation Fraud Receipt Signing". */
const receiptSigningExtension = "1.2.840.113635.100.12.15";

/**
 * Verifies an App Attest receipt (https://developer.apple.com/documentation/devicecheck/assessing-fraud-risk, "Verify the receipt"):
 * PKCS #7 in BER, signed under Apple Root CA - G3. Pure and synchronous; never throws. Which receipt of an instance is the newest, and
 * what a risk metric means, are the caller's.
 */
export function verifyAppAttestReceipt(given: ReceiptExpectations): Verification<ReceiptFacts> {
  return appraise<RuleName, ReceiptFacts>(receiptRules, (findings) => {
    const read = readReceipt(given.receipt);
    const found = read.ok ? "one" : `unreadable: ${read.structure}`;
    if (!findings.judge("receipt_structure", read.ok, "an App Attest receipt", found) || !read.ok) return null;
    const { signedData, chain, payload } = read;
    const [signer, intermediate] = chain;
    const complete = chain.length === 2 || chain.length === 3;
    if (!findings.judge("receipt_chain_length", complete, "2 or 3 certificates", `${chain.length}`)) return null;
    if (signer === undefined || intermediate === undefined) return null;
    checkSigner(findings, signedData, [signer, intermediate], chain, given);
    return checkPayload(findings, payload, given);
  });
}

type ReadReceipt =
  | {
      readonly ok: true;
      readonly signedData: SignedData;
      readonly chain: readonly Certificate[];
      readonly payload: ReceiptPayload;
    }
  | { readonly ok: false; readonly structure: string };

function readReceipt(receipt: Uint8Array): ReadReceipt {
  if (receipt.length > maximumBytes) return { ok: false, structure: `more than ${maximumBytes} bytes` };
  const read = parseSignedData(receipt);
  if (!read.ok) return read;
  const { signedData } = read;
  const parsed = signedData.certificates.slice(0, 4).map(parseCertificate);
  const chain = parsed.filter((certificate) => certificate !== null);
  if (chain.length !== parsed.length) return { ok: false, structure: "a certificate" };
  const payload = parseReceiptPayload(signedData.content);
  return payload.ok ? { ok: true, signedData, chain, payload: payload.payload } : payload;
}

/** Signer, authority and (where it stands there) root, in this order; dates; and the signature over the content. */
function checkSigner(
  findings: ReceiptFindings,
  signedData: SignedData,
  [signer, intermediate]: readonly [Certificate, Certificate],
  chain: readonly Certificate[],
  { anchors, nowMs }: ReceiptExpectations,
): void {
  const anchor = findAnchor(chain, anchors);
  const trusted = anchor !== null && chain.slice(1).every(isCertificateAuthority);
  findings.judge(
    "receipt_chain_trust",
    trusted,
    anchorNames(anchors),
    anchor?.name ?? `issuer ${nameText(intermediate.subject)}`,
  );
  const named = isNamed(signer, signedData);
  const authorized = signer.extensions.has(receiptSigningExtension);
  findings.judge(
    "receipt_signer",
    named && authorized,
    `the named certificate, with ${receiptSigningExtension}`,
    named ? nameText(signer.subject) : "a signer without its certificate",
  );
  const from = Math.max(signer.notBeforeMs, intermediate.notBeforeMs);
  const until = Math.min(signer.notAfterMs, intermediate.notAfterMs);
  findings.judge("receipt_not_before", nowMs >= from, `from ${isoTime(from)}`, isoTime(nowMs));
  findings.judge("receipt_not_after", nowMs <= until, `until ${isoTime(until)}`, isoTime(nowMs));
  const key = loadVerificationKey(signer.spki);
  const signed = key !== null && isContentSignedBy(signedData, key);
  findings.judge("receipt_signature", signed, "a signature over the payload", signed ? "one" : "another");
}

function isNamed(certificate: Certificate, { signer }: SignedData): boolean {
  return bytesEqual(certificate.issuerDer, signer.issuerDer) && certificate.serial === signer.serial.toString(16);
}

/** App, key, environment and client data as the attestation has them; kind and dates. */
function checkPayload(findings: ReceiptFindings, payload: ReceiptPayload, given: ReceiptExpectations): ReceiptFacts {
  const { certificate, ...facts } = payload;
  const { appId, environment, clientDataHash, type, createdAtMs, expiresAtMs } = payload;
  const { nowMs } = given;
  findings.judge("receipt_app_id", given.appIds.includes(appId), given.appIds.join(", "), appId);

  const certified = p256Point(certificate.spki);
  const same = certified !== null && bytesEqual(certified, given.publicKey);
  findings.judge("receipt_public_key", same, toHex(given.publicKey), certified && toHex(certified));

  if (given.environment === null) findings.waive("receipt_environment", null, environment);
  else findings.judge("receipt_environment", environment === given.environment, given.environment, environment);

  const hash = toHex(clientDataHash);
  if (given.clientDataHash === null) findings.waive("receipt_client_data", null, hash);
  else
    findings.judge(
      "receipt_client_data",
      bytesEqual(clientDataHash, given.clientDataHash),
      toHex(given.clientDataHash),
      hash,
    );

  if (given.fresh) {
    const recent = Math.abs(nowMs - createdAtMs) <= freshMs;
    findings.judge("receipt_type", type === "ATTEST", "ATTEST", type);
    findings.judge("receipt_created", recent, `within 5 minutes of ${isoTime(nowMs)}`, isoTime(createdAtMs));
  } else {
    findings.waive("receipt_type", null, type);
    findings.waive("receipt_created", null, isoTime(createdAtMs));
  }
  findings.judge("receipt_expiration", nowMs < expiresAtMs, isoTime(nowMs), `until ${isoTime(expiresAtMs)}`);
  return { ...facts, clientDataHash: clientDataHash.slice(), publicKey: certified ?? new Uint8Array() };
}
