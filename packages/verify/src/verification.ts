import type { Bucket, VerifyReason } from "./reasons.ts";

/** What a token is for. Instance tokens say nothing of it; the others carry the claim `use`. */
export type TokenUse = "instance" | "limited" | "example" | "long-lived";

/** What the sender proved beside the token. */
export type ProofKind = "none" | "dpop" | "httpsig";

/** A token that passed every check that was asked for. The token itself is not a member: this may be logged. */
export interface VerifiedToken {
  /** Every claim, as signed. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** `sub`; null where the profile has none. */
  readonly subject: string | null;
  readonly arc: string | null;
  readonly use: TokenUse;
  readonly expiresAtMs: number;
  readonly proof: ProofKind;
}

export interface Refusal {
  readonly ok: false;
  readonly bucket: Exclude<Bucket, "verified">;
  readonly reason: VerifyReason;
  /** With `proof_nonce_required`: the nonce that the next proof must carry (RFC 9449 §9, header `DPoP-Nonce`). */
  readonly nonce?: string;
}

/** The verdict on one request. Never thrown, always one of these two. */
export type Verification = { readonly ok: true; readonly bucket: "verified"; readonly token: VerifiedToken } | Refusal;
