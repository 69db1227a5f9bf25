import type { VerifyReason } from "../reasons.ts";

/** What the service said of a token that is to be used up. */
export type ConsumeResult =
  | { readonly ok: true; readonly alreadyConsumed: boolean }
  | { readonly ok: false; readonly reason: VerifyReason };

/** Counts of one stretch of time. */
export interface TrafficReport {
  readonly counts: {
    readonly verified: number;
    readonly outdated: number;
    readonly unknownOrigin: number;
    readonly invalid: number;
    readonly reused: number;
    /** Of `invalid`: those that were decoys. */
    readonly decoys: number;
  };
  readonly reasons: Readonly<Partial<Record<VerifyReason, number>>>;
  readonly fromMs: number;
  readonly toMs: number;
  /** Equal in every attempt to send one report: the service counts it once. */
  readonly nonce: string;
  /** Decoys that requests presented, by the hashes of the service's list. */
  readonly spotted?: readonly { readonly hash: string; readonly uses: number }[];
}

/** What is looked for in requests: values nobody has, by the HMAC of their digests under a salt of this credential's own. */
export interface DecoyList {
  /** b64u of 32 bytes. */
  readonly salt: string;
  /** `length` in characters of the value; `hash` b64u. */
  readonly decoys: readonly { readonly length: number; readonly hash: string }[];
}

/** The service, as a verifier needs it. Make one with `createServiceClient`. */
export interface ServiceClient {
  /** Uses a token up, on every node at once. Never rejects: what cannot be asked is `consume_unavailable`. */
  consume(token: string): Promise<ConsumeResult>;
  /** True where the service took the report, or will never take it. Never rejects. */
  report(report: TrafficReport): Promise<boolean>;
  /** What to look for; null where it cannot be had. Never rejects. Needed for the option `spotDecoys` alone. */
  decoys?(): Promise<DecoyList | null>;
}
