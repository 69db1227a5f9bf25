/** Why the ledger refused to spend. */
export type SpendRefusal = "challenge_spent" | "challenge_expired" | "counter_stale";

export type Spent = { readonly ok: true } | { readonly ok: false; readonly reason: SpendRefusal };

/** One challenge to be spent, atomically with the iOS counter where there is one. */
export interface Spend {
  readonly project: string;
  readonly instance: string;
  readonly challenge:
    | { readonly kind: "open"; readonly nonce: string; readonly issuedAtMs: number; readonly expiresAtMs: number }
    | { readonly kind: "continuing"; readonly issuedAtMs: number; readonly expiresAtMs: number };
  /** iOS: the assertion's counter, and the floor from credential or record. */
  readonly counter: { readonly value: number; readonly floor: number } | null;
}

/**
 * The short-lived truth all nodes share: spent challenges, watermarks, counters, claims and budgets. Every operation is atomic.
 * A challenge issued before `epochMs` is expired: a lost or emptied ledger never makes a spent challenge good again.
 */
export interface Ledger {
  /** The time of the ledger's birth. */
  epochMs(): Promise<number>;
  /** Whether the challenge was spent already, without spending it. */
  peek(spend: Spend): Promise<Spent>;
  spend(spend: Spend): Promise<Spent>;
  /** Ties an evidence challenge's nonce to the attested key for `ttlSeconds`; false where it is tied to another. */
  claimEvidence(project: string, nonce: string, attestedKey: string, ttlSeconds: number): Promise<boolean>;
  /** Counts one use of a budget; true while at most `limit` in the window. Keys begin with the project or `service`. */
  take(key: string, limit: number, windowSeconds: number): Promise<boolean>;
}

/** Single-use values with a lifetime: nonces of MACs and proofs. */
export interface OnceLedger {
  /** True the first time a value is seen within its lifetime. */
  once(key: string, ttlSeconds: number): Promise<boolean>;
}

/** Budgets of what must never be exceeded, such as money: what is drawn is not forgotten before its window ends. */
export interface UseLedger {
  /**
   * Draws `units` where they fit into `limit` in the window that the first draw began; false, and nothing drawn, where they do not. Keys begin with
   * the project.
   */
  draw(key: string, units: number, limit: number, windowSeconds: number): Promise<boolean>;
}
