import { type VerifyBucket, type VerifyReason, verifyReasons } from "@countersign/protocol";

export { type VerifyReason, type VerifyReasonText, verifyReasons } from "@countersign/protocol";

/** How a request counts (docs/verify.md). */
export type Bucket = VerifyBucket;

/** The bucket of a refusal. A request without a token is `outdated` instead where the operator's `appMarker` shows the app. */
export function bucketOf(reason: VerifyReason): Exclude<Bucket, "verified"> {
  return verifyReasons[reason].bucket;
}
