/** How a request counts: the five kinds a backend's traffic falls into. */
export const verifyBuckets = ["verified", "outdated", "unknown_origin", "invalid", "reused"] as const;
export type VerifyBucket = (typeof verifyBuckets)[number];

/** What a refusal by a token's verifier means, for whoever runs the backend. */
export interface VerifyReasonText {
  /** How a request refused for it counts. */
  readonly bucket: Exclude<VerifyBucket, "verified">;
  readonly title: string;
  readonly mend: string;
}

const invalid = (title: string, mend: string): VerifyReasonText => ({ bucket: "invalid", title, mend });
const reused = (title: string, mend: string): VerifyReasonText => ({ bucket: "reused", title, mend });

const tampering = "A genuine app does not send this: leave it refused.";

/**
 * The closed list of reasons for which a token, its binding or its proof of possession is refused; the service and the verifiers of
 * backends speak the same words. A request without a token counts as `outdated` where something else shows the app.
 */
export const verifyReasons = {
  token_missing: {
    bucket: "unknown_origin",
    title: "No token",
    mend: "Check that the request comes from an app with the agent, and that no proxy drops the token's header.",
  },
  token_duplicated: invalid("More than one token", "Find the proxy that adds a header of the token's name."),
  token_too_large: invalid("Token too large", tampering),
  token_malformed: invalid("Token cannot be read", "Check the header and the prefix that the API is set to."),
  token_encrypted: invalid("Token is encrypted", "Give the verifier the key that the API's tokens are encrypted to."),
  decryption_failed: invalid(
    "Token cannot be decrypted",
    "Give the verifier the private half of the key that the API's tokens are encrypted to.",
  ),
  type_wrong: invalid("Not of a token's type", "Another kind of JWT was sent in place of the token."),
  algorithm_refused: invalid(
    "Algorithm not of the key",
    "A key has one algorithm and the token names another: treat as an attack.",
  ),
  key_unknown: invalid(
    "Unknown key",
    "Check that the verifier has the keys of this API; key list shows what the service signs with.",
  ),
  keys_unavailable: invalid("Keys cannot be had", "Restore the way from the verifier to the service's key set."),
  key_retired: invalid(
    "Key is retired",
    "A key past its time signed the token: check the clocks, else leave it refused.",
  ),
  signature_invalid: invalid(
    "Signature does not verify",
    "Altered or forged, or the verifier has another secret under this key id.",
  ),
  decoy: invalid("Decoy token", "The service refused this instance and gave it a decoy: leave it refused."),
  issuer_wrong: invalid("Issuer is another", "Check the issuer that the verifier expects: it names project and kind."),
  audience_wrong: invalid("Token is for another API", "Check the audience that the verifier expects."),
  token_expired: invalid("Token has expired", "Check the clock of the backend; an app sends a fresh token by itself."),
  token_not_yet_valid: invalid("Token is not yet valid", "Check the clock of the backend."),
  claims_malformed: invalid("Claims are not of the documented form", tampering),
  use_refused: invalid(
    "Token is of a use that is not accepted",
    "An example or long-lived token; turn its use on at the verifier if it is meant to count.",
  ),
  binding_missing: invalid(
    "Token is bound to nothing",
    "Set the API to bind its tokens to the headers the verifier binds.",
  ),
  binding_wrong: invalid(
    "Token is bound to other values",
    "Check that verifier and API name the same headers in the same order; else a token was copied.",
  ),
  proof_missing: invalid(
    "No proof of possession",
    "Check that no proxy drops the proof's headers; else a token was copied.",
  ),
  proof_duplicated: invalid("More than one proof", tampering),
  proof_malformed: invalid("Proof cannot be read", tampering),
  proof_algorithm_refused: invalid("Algorithm of the proof is not accepted", tampering),
  proof_key_wrong: invalid("Proof is by another key", "A copied token was sent with a key of the sender's own."),
  proof_signature_invalid: invalid(
    "Signature of the proof does not verify",
    "Request or proof was altered on its way.",
  ),
  proof_method_wrong: invalid("Proof is for another method", "A proxy changed the method, or a proof was copied."),
  proof_target_wrong: invalid(
    "Proof is for another address",
    "Check the origin that the verifier is given: the one the app calls, not the one behind the proxy.",
  ),
  proof_token_wrong: invalid("Proof is for another token", "A proof was copied to another token."),
  proof_stale: invalid(
    "Proof is not of this minute",
    "Check the clock of the backend, or have the verifier give nonces.",
  ),
  proof_nonce_required: invalid(
    "Proof lacks the verifier's nonce",
    "The agent sends it at once with the nonce of the answer.",
  ),
  proof_replayed: reused("Proof was seen before", "A request was copied whole."),
  digest_missing: invalid("Content digest is not signed", "Check that no proxy drops Content-Digest."),
  digest_wrong: invalid("Body is not the one that was signed", "A proxy changed the body, or someone else did."),
  body_unavailable: invalid("Body cannot be read again", "Give the adapter the raw body: see its page."),
  token_consumed: reused(
    "Token was used before",
    "A token that counts once came twice, or is older than the service's ledger.",
  ),
  consume_unavailable: invalid("Service cannot be asked", "Restore the way from the verifier to the service."),
  replay_store_unavailable: invalid("Replay store cannot be asked", "Restore the store, or give it more room."),
  token_banned: invalid("Banned or quarantined", "instance show tells why; lift the ban if it was an error."),
  request_malformed: invalid("Request cannot be read", tampering),
} as const satisfies Record<string, VerifyReasonText>;

/** One reason of the closed list. */
export type VerifyReason = keyof typeof verifyReasons;

/** True where `value` is a reason of the closed list. */
export function isVerifyReason(value: string): value is VerifyReason {
  return Object.hasOwn(verifyReasons, value);
}
