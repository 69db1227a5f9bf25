import type { CryptoPort } from "../crypto/port.ts";
import type { VerifyReason } from "../reasons.ts";
import type { ReplayStore } from "../replay/replay-store.ts";
import type { DpopNonces } from "./dpop-nonce.ts";
import type { ProofKeys } from "./proof-key.ts";

/** What a proof of possession is judged by. */
export interface ProofRules {
  readonly crypto: CryptoPort;
  readonly keys: ProofKeys;
  /** In normal form. */
  readonly origin: string;
  readonly nonces: DpopNonces | null;
}

/** What must be remembered of a proof that passed, so that it passes once. */
export interface SpentProof {
  readonly key: string;
  /** From then on the proof is stale. */
  readonly goodUntilMs: number;
}

export type ProofResult =
  | { readonly ok: true; readonly spent: SpentProof }
  | { readonly ok: false; readonly reason: VerifyReason; readonly nonce?: string };

/** A proof is of this minute, either way. */
export const proofSeconds = 60;

/** Until a store that is asked over a network has answered, the proof must not have been forgotten. */
const storeSeconds = 10;

/**
 * Uses a proof up. Its time is judged once more, by the clock as it is now: a body that trickles in, or a slow key set, would otherwise hold
 * a proof that was seen until the store has forgotten it.
 */
export async function spend(
  replay: ReplayStore,
  { key, goodUntilMs }: SpentProof,
  nowMs: number,
): Promise<VerifyReason | null> {
  if (nowMs >= goodUntilMs) return "proof_stale";
  const ttlSeconds = Math.ceil((goodUntilMs - nowMs) / 1000) + storeSeconds;
  try {
    return (await replay.once(key, ttlSeconds)) === true ? null : "proof_replayed";
  } catch {
    return "replay_store_unavailable";
  }
}
