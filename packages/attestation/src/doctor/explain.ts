import type { Check, Reason } from "@countersign/protocol";
import { googleHardwareAnchors } from "../android/anchors.ts";
import { verifyAndroidKeyAttestation } from "../android/attestation.ts";
import { type Json, toGoogleJson } from "../android/google-json.ts";
import { appleAppAttestAnchors } from "../apple/anchors.ts";
import { type AssertionFacts, appraiseAssertion } from "../apple/assertion.ts";
import { appraiseAttestation } from "../apple/attestation.ts";
import type { AppAttestFacts } from "../apple/expectations.ts";
import { toBase64 } from "../bytes.ts";
import type { Verification } from "../findings.ts";
import type { RevocationList } from "../revocation.ts";
import { p256Spki } from "../x509/public-key.ts";
import { type EvidenceFile, parseEvidenceFile } from "./evidence-file.ts";

/** What the doctor holds evidence against. Null: not given, and reported as not evaluated. All but `nowMs` are about Android. */
export interface ExplainOptions {
  readonly nowMs: number;
  readonly challenge: Uint8Array | null;
  readonly packageNames: readonly string[] | null;
  readonly signingDigests: readonly string[] | null;
  readonly verifiedBootKeys: readonly string[];
  readonly revocation: RevocationList | null;
  readonly enrolment: boolean;
}

/** The doctor's answer, in the shape that `--json` prints. */
export interface Explanation {
  readonly kind: EvidenceFile["kind"];
  readonly verdict: "accepted" | "refused";
  readonly reason: Reason | null;
  readonly checks: readonly Pick<Check, "name" | "result" | "expected" | "found">[];
  readonly facts: { readonly [name: string]: Json | number };
}

/** The explanation, or one line on why the input cannot be read. */
export type ExplainResult =
  | { readonly ok: true; readonly explanation: Explanation }
  | { readonly ok: false; readonly message: string };

/** Reads evidence from a file's text and judges it against the vendors' own anchors. Pure; never throws on hostile text. */
export function explainEvidence(text: string, options: ExplainOptions): ExplainResult {
  const parsed = parseEvidenceFile(text);
  if (!parsed.ok) return parsed;
  const { file } = parsed;
  if (file.kind !== "android-key-attestation" && hasAndroidExpectations(options)) {
    const message =
      "challenge, package, signing digest and boot key belong to a PEM chain; for App Attest use the JSON fields";
    return { ok: false, message };
  }
  return { ok: true, explanation: explainFile(file, options) };
}

function hasAndroidExpectations(options: ExplainOptions): boolean {
  const given = [options.challenge, options.packageNames, options.signingDigests, options.verifiedBootKeys[0] ?? null];
  return given.some((value) => value !== null);
}

function explainFile(file: EvidenceFile, options: ExplainOptions): Explanation {
  switch (file.kind) {
    case "android-key-attestation": {
      const anchors = googleHardwareAnchors;
      const result = verifyAndroidKeyAttestation({ ...options, chain: file.chain, allowSoftware: false, anchors });
      return toExplanation(file.kind, result, (facts) => toGoogleJson(facts.keyDescription));
    }
    case "app-attest-attestation": {
      const result = appraiseAttestation({ ...file, anchors: appleAppAttestAnchors, nowMs: options.nowMs });
      return toExplanation(file.kind, result, attestationFacts);
    }
    case "app-attest-assertion":
      return toExplanation(file.kind, appraiseAssertion(file), assertionFacts);
  }
}

function toExplanation<Facts>(
  kind: EvidenceFile["kind"],
  result: Verification<Facts>,
  toJson: (facts: Facts) => Explanation["facts"],
): Explanation {
  return {
    kind,
    verdict: result.ok ? "accepted" : "refused",
    reason: result.ok ? null : result.reason,
    checks: result.checks.map(({ name, result: outcome, expected, found }) => ({
      name,
      result: outcome,
      expected,
      found,
    })),
    facts: result.facts === null ? {} : toJson(result.facts),
  };
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
