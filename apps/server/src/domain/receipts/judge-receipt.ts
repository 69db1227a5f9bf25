import {
  appleReceiptAnchors,
  type ReceiptFacts,
  receiptAuthorship,
  type TrustAnchor,
  verifyAppAttestReceipt,
} from "@countersign/attestation";
import type { Check, Reason } from "@countersign/protocol";

/** The receipt of an attestation that was verified, and what that attestation said. */
export interface AttestedReceipt {
  readonly receipt: Uint8Array;
  readonly appId: string;
  readonly attestedKey: Uint8Array;
  readonly environment: "production" | "development";
  readonly clientDataHash: Uint8Array;
  readonly furtherAnchors: readonly TrustAnchor[];
  readonly nowMs: number;
}

export interface JudgedReceipt {
  readonly checks: readonly Check[];
  /** Set where Apple's own word contradicts the attestation. */
  readonly refusal: Reason | null;
  /** When the receipt may be renewed; null where there is nothing to renew. */
  readonly renewAfterMs: number | null;
}

/** Age alone contradicts nothing: the challenge says how old evidence may be. */
const agingRules: readonly string[] = ["receipt_created", "receipt_expiration"];

/**
 * Holds a receipt against its attestation. Nothing in the attestation covers it, so whoever hands one over can take it away or spoil it:
 * one that Apple did not write is a finding and no more. One that Apple wrote of another app, key, challenge or environment is refused.
 */
export function judgeReceipt(attested: AttestedReceipt): JudgedReceipt {
  const { receipt, environment, clientDataHash, nowMs } = attested;
  const result = verifyAppAttestReceipt({
    receipt,
    appIds: [attested.appId],
    publicKey: attested.attestedKey,
    environment,
    clientDataHash,
    anchors: [...appleReceiptAnchors, ...attested.furtherAnchors],
    nowMs,
    fresh: true,
  });
  const { checks } = result;
  const failed = checks.filter((check) => check.result === "fail");
  if (failed.some(({ name }) => receiptAuthorship.includes(name)) || result.facts === null) {
    return { checks, refusal: null, renewAfterMs: null };
  }
  const contradiction = failed.find(({ name }) => !agingRules.includes(name));
  if (contradiction !== undefined) return { checks, refusal: contradiction.reason, renewAfterMs: null };
  return { checks, refusal: null, renewAfterMs: firstRenewal(result.facts, nowMs) };
}

function firstRenewal({ notBeforeMs, createdAtMs, expiresAtMs }: ReceiptFacts, nowMs: number): number | null {
  return nowMs < expiresAtMs ? (notBeforeMs ?? createdAtMs) : null;
}
