import {
  appleReceiptAnchors,
  type ReceiptFacts,
  type TrustAnchor,
  verifyAppAttestReceipt,
} from "@countersign/attestation";
import { attestedFacts, decodeBase64url } from "@countersign/protocol";
import type { Instance } from "../ports/index.ts";

const freshMs = 5 * 60_000;

/** What a renewed receipt says; null unless Apple wrote it within five minutes, as a renewal, of this very instance. */
export function readRenewed(
  instance: Instance,
  receipt: Uint8Array,
  furtherAnchors: readonly TrustAnchor[],
  nowMs: number,
): ReceiptFacts | null {
  const publicKey = decodeBase64url(instance.attestedKey, 65);
  const facts = attestedFacts(instance.facts);
  if (publicKey === null || facts?.platform !== "ios") return null;
  const { appId, environment } = facts;
  const anchors = [...appleReceiptAnchors, ...furtherAnchors];
  const given = { receipt, appIds: [appId], publicKey, environment, anchors, nowMs };
  const result = verifyAppAttestReceipt({ ...given, clientDataHash: null, fresh: false });
  if (!result.ok || result.facts.type !== "RECEIPT") return null;
  return Math.abs(nowMs - result.facts.createdAtMs) <= freshMs ? result.facts : null;
}
