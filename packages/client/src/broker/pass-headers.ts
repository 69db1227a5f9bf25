import { contentDigest, decodeBase64url, encodeBase64url, formatSignature, signatureBase } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import { hmacSha256 } from "../crypto/hmac.ts";
import { sha256 } from "../crypto/sha256.ts";
import type { Randomness } from "../ports.ts";
import type { Session } from "../session/session.ts";

/** A request at the service's origin that a pass opens. */
export interface PassRequest {
  readonly method: string;
  /** Origin, path and query, as they are sent. */
  readonly targetUri: string;
  readonly body: Uint8Array | null;
}

/**
 * `Countersign-Pass` and its RFC 9421 MAC (hmac-sha256 under the proof key) for one request: `created` by service time, a nonce of its own,
 * `keyid` the session, the pass and the body's digest covered. Null where the session is over or the request cannot be covered.
 */
export function passHeaders(
  session: Session,
  request: PassRequest,
  randomness: Randomness,
): readonly (readonly [string, string])[] | null {
  const revealed = session.revealPass();
  const key = revealed === null ? null : decodeBase64url(revealed.proofKey, 32);
  if (revealed === null || key === null) return null;
  const { pass } = revealed;
  const hasBody = request.body !== null && request.body.length > 0;
  const digest = hasBody ? contentDigest(sha256, request.body) : null;
  const created = Math.floor(session.serviceNowMs() / 1000);
  const signed = signatureBase(
    {
      method: request.method,
      targetUri: request.targetUri,
      contentDigest: digest,
      header: { name: "countersign-pass", value: pass },
    },
    {
      created,
      expires: created + limits.signatureSeconds,
      nonce: encodeBase64url(randomness.bytes(16)),
      keyid: session.id,
    },
  );
  if (!signed.ok) return null;
  const mac = hmacSha256(key, signed.value.base);
  key.fill(0);
  return [
    ["countersign-pass", pass],
    ...(digest === null ? [] : [["content-digest", digest] as const]),
    ["signature-input", signed.value.signatureInput],
    ["signature", formatSignature(mac)],
  ];
}
