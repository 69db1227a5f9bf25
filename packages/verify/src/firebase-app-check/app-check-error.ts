import type { VerifyReason } from "../reasons.ts";

/** The codes that firebase-admin documents for App Check, without their prefix. */
export type AppCheckErrorCode =
  | "invalid-argument"
  | "invalid-credential"
  | "internal-error"
  | "permission-denied"
  | "app-check-token-expired"
  | "unknown-error";

/** What `verifyToken` rejects with: `code` is `app-check/…`, as backends of firebase-admin look at it. */
export class AppCheckError extends Error {
  readonly code: `app-check/${AppCheckErrorCode}`;
  /** Why, in this package's words; null where the call itself was wrong. */
  readonly reason: VerifyReason | null;

  constructor(code: AppCheckErrorCode, message: string, reason: VerifyReason | null = null) {
    super(message);
    this.name = "AppCheckError";
    this.code = `app-check/${code}`;
    this.reason = reason;
  }

  toJSON(): { readonly code: string; readonly message: string } {
    return { code: this.code, message: this.message };
  }
}

const messages: Partial<Record<VerifyReason, string>> = {
  algorithm_refused: "The token has an algorithm that is not its key's.",
  audience_wrong: "The token is for another project.",
  issuer_wrong: "The token was issued by someone else.",
  key_unknown: "No public key has the token's kid. It may be an old one: get a fresh token and try again.",
  signature_invalid: "The signature of the token does not verify.",
  token_malformed: "The token cannot be decoded: pass the entire text of the JWT.",
};

/** The error that stands for a reason. */
export function toAppCheckError(reason: VerifyReason): AppCheckError {
  if (reason === "token_expired")
    return new AppCheckError("app-check-token-expired", "The token has expired: get a fresh one from the app.", reason);
  if (reason === "keys_unavailable" || reason === "consume_unavailable")
    return new AppCheckError("internal-error", "The service cannot be asked.", reason);
  if (reason === "token_banned") return new AppCheckError("permission-denied", "The instance is banned.", reason);
  return new AppCheckError("invalid-argument", messages[reason] ?? "The token is not valid.", reason);
}
