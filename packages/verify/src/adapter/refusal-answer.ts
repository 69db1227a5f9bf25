import type { VerifyReason } from "../reasons.ts";
import type { Verification } from "../verification.ts";
import type { AdapterSettings } from "./adapter-options.ts";

/** What a refused request is answered, for an adapter to send. */
export interface RefusalAnswer {
  readonly status: 401 | 503;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** A problem (RFC 9457): `type`, `title`, `status`, `code`, and `reason` where the adapter is set to reveal it. */
  readonly body: string;
}

const unavailable: ReadonlySet<VerifyReason> = new Set([
  "keys_unavailable",
  "consume_unavailable",
  "replay_store_unavailable",
]);

/** The one answer to a refusal: 503 where the verifier could not know, else 401 that is the same for every reason but a missing nonce. */
export function toRefusalAnswer(
  refused: Extract<Verification, { ok: false }>,
  settings: Pick<AdapterSettings, "reveal" | "challenge">,
): RefusalAnswer {
  const away = unavailable.has(refused.reason);
  const status = away ? 503 : 401;
  const problem = {
    type: "about:blank",
    title: away ? "Service Unavailable" : "Unauthorized",
    status,
    code: away ? "token_check_unavailable" : "token_refused",
    ...(settings.reveal ? { reason: refused.reason } : {}),
  };
  const headers: Record<string, string> = {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...(away ? {} : { "www-authenticate": settings.challenge }),
    // RFC 9449 §9: the client can only mend this one, and only when told.
    ...(refused.nonce === undefined
      ? {}
      : { "www-authenticate": 'DPoP error="use_dpop_nonce", algs="ES256"', "dpop-nonce": refused.nonce }),
  };
  return { status, headers, body: JSON.stringify(problem) };
}
