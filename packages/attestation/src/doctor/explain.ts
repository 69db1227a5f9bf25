import { p256Spki, toBase64 } from "@countersign/asn1";
import type { Check, Reason } from "@countersign/protocol";
import { googleHardwareAnchors } from "../android/anchors.ts";
import { verifyAndroidKeyAttestation } from "../android/attestation.ts";
import { type Json, toGoogleJson } from "../android/google-json.ts";
import { appleAppAttestAnchors, appleReceiptAnchors } from "../apple/anchors.ts";
import { type AssertionFacts, appraiseAssertion } from "../apple/assertion.ts";
import { appraiseAttestation } from "../apple/attestation.ts";
import type { AppAttestFacts } from "../apple/expectations.ts";
import { type ReceiptFacts, verifyAppAttestReceipt } from "../apple/receipt.ts";
import type { Verification } from "../findings.ts";
import { isoTime } from "../iso-time.ts";
import type { PlayIntegrityFacts } from "../play-integrity/expectations.ts";
import type { PlayIntegrityKeys } from "../play-integrity/keys.ts";
import type { RevocationList } from "../revocation.ts";
import { type EvidenceFile, parseEvidenceFile } from "./evidence-file.ts";
import { judgePlayToken, judgePlayVerdict, type PlayGiven } from "./play-evidence.ts";
import { type Finding, waiveChecks } from "./waived-checks.ts";

/** What the doctor holds evidence against. Null: not given, and reported as not evaluated. */
export interface ExplainOptions extends PlayGiven {
  /** Android only. */
  readonly verifiedBootKeys: readonly string[];
  /** Android only. */
  readonly revocation: RevocationList | null;
  /** What holds of evidence just made for an enrolment: Android's key parameters, a receipt's type and age. */
  readonly enrolment: boolean;
}

/** The doctor's answer. */
export interface Explanation {
  readonly kind: EvidenceFile["kind"] | "play-integrity-token" | "arc";
  readonly verdict: "accepted" | "refused";
  readonly reason: Reason | null;
  readonly checks: readonly Check[];
  readonly facts: { readonly [name: string]: Json | number };
}

/** The explanation, or one line on why the input cannot be read. */
export type ExplainResult =
  | { readonly ok: true; readonly explanation: Explanation }
  | { readonly ok: false; readonly message: string };

/**
 * Reads evidence from a text or from bytes (docs/evidence.md) and judges it against the vendors' own anchors. Pure; never throws on
 * hostile input.
 */
export function explainEvidence(input: string | Uint8Array, options: ExplainOptions): ExplainResult {
  const parsed = parseEvidenceFile(input);
  if (!parsed.ok) return parsed;
  const { file } = parsed;
  const message = misplaced(file.kind, options);
  return message === null ? { ok: true, explanation: explainFile(file, options) } : { ok: false, message };
}

/** Opens a classic Play Integrity token with the app's own response keys and judges what is inside. Never rejects. */
export async function explainPlayToken(
  token: string,
  keys: PlayIntegrityKeys,
  options: ExplainOptions,
): Promise<ExplainResult> {
  const kind = "play-integrity-token";
  const message = misplaced(kind, options);
  if (message !== null) return { ok: false, message };
  const finding = await judgePlayToken(token.trim(), keys, options);
  return { ok: true, explanation: toExplanation(kind, finding, playFacts) };
}

/** The explanation as `--json` prints it: documented members alone, in their order. */
export function toExplanationJson({ kind, verdict, reason, checks, facts }: Explanation): object {
  const shown = checks.map(({ name, result, expected, found }) => ({ name, result, expected, found }));
  return { kind, verdict, reason, checks: shown, facts };
}

/** One line where something was given that this kind of evidence would never be held against, else null. */
function misplaced(kind: Explanation["kind"], options: ExplainOptions): string | null {
  const {
    challenge,
    packageNames,
    signingDigests,
    verifiedBootKeys,
    requestHash = null,
    deviceLabels = null,
  } = options;
  const ofPlay = [requestHash, deviceLabels].some((value) => value !== null);
  const ofApp = [challenge, packageNames, signingDigests].some((value) => value !== null);
  if (kind === "android-key-attestation") {
    return ofPlay ? "request hash and device labels belong to Play Integrity" : null;
  }
  if (kind === "play-integrity-verdict" || kind === "play-integrity-token") {
    return verifiedBootKeys.length > 0 ? "boot keys belong to a certificate chain" : null;
  }
  return ofPlay || ofApp || verifiedBootKeys.length > 0
    ? "challenge, package, signing digest, boot key, request hash and labels belong to a PEM chain or to Play Integrity; for App Attest use the JSON fields"
    : null;
}

function explainFile(file: EvidenceFile, options: ExplainOptions): Explanation {
  switch (file.kind) {
    case "android-key-attestation": {
      const anchors = googleHardwareAnchors;
      const result = verifyAndroidKeyAttestation({ ...options, chain: file.chain, allowSoftware: false, anchors });
      return toExplanation(file.kind, toFinding(result), (facts) => toGoogleJson(facts.keyDescription));
    }
    case "app-attest-attestation": {
      const result = appraiseAttestation({ ...file, anchors: appleAppAttestAnchors, nowMs: options.nowMs });
      return toExplanation(file.kind, toFinding(result), attestationFacts);
    }
    case "app-attest-assertion":
      return toExplanation(file.kind, toFinding(appraiseAssertion(file)), assertionFacts);
    case "app-attest-receipt":
      return toExplanation(file.kind, judgeReceipt(file, options), receiptFacts);
    case "play-integrity-verdict":
      return toExplanation(file.kind, judgePlayVerdict(file.payload, options), playFacts);
  }
}

function judgeReceipt(
  { receipt, appIds, publicKey, environments, clientDataHash }: EvidenceFile & { readonly kind: "app-attest-receipt" },
  { nowMs, enrolment }: ExplainOptions,
): Finding<ReceiptFacts> {
  const result = verifyAppAttestReceipt({
    receipt,
    appIds: appIds ?? [],
    publicKey: publicKey ?? new Uint8Array(),
    environment: environments?.[0] ?? null,
    clientDataHash,
    anchors: appleReceiptAnchors,
    nowMs,
    fresh: enrolment,
  });
  const waived = [
    ...(appIds === null ? ["receipt_app_id"] : []),
    ...(publicKey === null ? ["receipt_public_key"] : []),
  ];
  return waiveChecks(result, waived);
}

function toFinding<Facts>(result: Verification<Facts>): Finding<Facts> {
  return { reason: result.ok ? null : result.reason, checks: result.checks, facts: result.facts };
}

function toExplanation<Facts>(
  kind: Explanation["kind"],
  { reason, checks, facts }: Finding<Facts>,
  toJson: (facts: Facts) => Explanation["facts"],
): Explanation {
  const verdict = reason === null ? "accepted" : "refused";
  return { kind, verdict, reason, checks, facts: facts === null ? {} : toJson(facts) };
}

function attestationFacts(facts: AppAttestFacts): Explanation["facts"] {
  return {
    appId: facts.appId,
    environment: facts.environment,
    keyId: toBase64(facts.keyId),
    publicKey: toBase64(p256Spki(facts.publicKey)),
    counter: facts.counter,
    osVersion: facts.osVersion,
    bundleVersion: facts.bundleVersion,
    validationCategory: facts.validationCategory,
    certificateSerials: facts.certificateSerials,
    receipt: toBase64(facts.receipt),
  };
}

function assertionFacts(facts: AssertionFacts): Explanation["facts"] {
  const { appId, counter, flags, bundleVersion, validationCategory } = facts;
  return { appId, counter, flags, bundleVersion, validationCategory };
}

function receiptFacts(facts: ReceiptFacts): Explanation["facts"] {
  const time = (timeMs: number | null) => (timeMs === null ? null : isoTime(timeMs));
  return {
    appId: facts.appId,
    environment: facts.environment,
    type: facts.type,
    createdAt: time(facts.createdAtMs),
    notBefore: time(facts.notBeforeMs),
    expiresAt: time(facts.expiresAtMs),
    riskMetric: facts.riskMetric === null ? null : String(facts.riskMetric),
    publicKey: facts.publicKey.length === 65 ? toBase64(p256Spki(facts.publicKey)) : null,
    clientDataHash: toBase64(facts.clientDataHash),
    token: facts.token,
  };
}

function playFacts({
  requestedAtMs,
  versionCode,
  sdkVersion,
  recall,
  ...facts
}: PlayIntegrityFacts): Explanation["facts"] {
  return {
    ...facts,
    requestedAt: isoTime(requestedAtMs),
    versionCode: versionCode === null ? null : String(versionCode),
    sdkVersion: sdkVersion === null ? null : String(sdkVersion),
    recall: recall === null ? null : { ...recall },
  };
}
