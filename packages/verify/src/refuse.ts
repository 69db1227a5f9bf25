import { bucketOf, type VerifyReason } from "./reasons.ts";
import type { Refusal } from "./verification.ts";

/** The refusal for a reason. */
export function refuse(reason: VerifyReason, nonce?: string): Refusal {
  return { ok: false, bucket: bucketOf(reason), reason, ...(nonce === undefined ? {} : { nonce }) };
}
