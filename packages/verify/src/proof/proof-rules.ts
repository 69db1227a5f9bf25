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
  readonly ttlSeconds: number;
}

export type ProofResult =
  | { readonly ok: true; readonly spent: SpentProof }
  | { readonly ok: false; readonly reason: VerifyReason; readonly nonce?: string };

/** A proof is of this minute, either way. */
export const proofSeconds = 60;

export async function spend(replay: ReplayStore, { key, ttlSeconds }: SpentProof): Promise<VerifyReason | null> {
  try {
    return (await replay.once(key, ttlSeconds)) === true ? null : "proof_replayed";
  } catch {
    return "replay_store_unavailable";
  }
}
