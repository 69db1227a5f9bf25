import type { Reason } from "@countersign/protocol";

/** A Google Cloud service account that may call the Play Integrity API. */
export interface GoogleServiceAccount {
  readonly clientEmail: string;
  /** RSA, PKCS #8 PEM. */
  readonly privateKey: string;
}

/** Why a token was not opened. `play_unavailable`: Google gave no usable answer, which says nothing of the token. */
export type PlayDecodeRefusal = Extract<
  Reason,
  "play_unavailable" | "play_quota_exhausted" | "play_token_undecryptable"
>;

export type PlayDecoded =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly reason: PlayDecodeRefusal };

/** Opens Play Integrity tokens at Google. Costs the project's quota; never rejects. The payload is not yet judged. */
export interface PlayIntegrityDecoder {
  decode(account: GoogleServiceAccount, packageName: string, token: string): Promise<PlayDecoded>;
}
