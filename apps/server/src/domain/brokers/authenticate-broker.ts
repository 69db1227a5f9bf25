import { encodeBase64url } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { type DeviceProblem, problem } from "../device/outcome.ts";
import type { BrokerCredential } from "../ports/index.ts";
import { parseBrokerCall, type SignedCall, verifyBrokerCall } from "./broker-credential.ts";
import type { BrokerDeps } from "./broker-deps.ts";

const failuresPerMinute = 60;
/** How far the clocks of the two machines may be apart. */
export const brokerClockMs = 300_000;

export type AuthenticatedBroker =
  | { readonly ok: true; readonly broker: BrokerCredential; readonly isBody: (body: Uint8Array) => boolean }
  | DeviceProblem;

/**
 * The broker that signed this request, as the record has it now: over method, path, time, nonce and the digest of a body that is still to come. Each is taken once.
 * Failures count against the caller's `network`; a valid signature is always heard.
 */
export async function authenticateBroker(
  deps: Pick<BrokerDeps, "store" | "ledger" | "clock">,
  header: string | null,
  to: Pick<SignedCall, "method" | "path">,
  network: string,
): Promise<AuthenticatedBroker> {
  const received = header === null ? null : parseBrokerCall(header, to);
  const broker = received === null ? null : await deps.store.brokers.byKid(received.kid);
  if (received === null || broker === null || !verifyBrokerCall(received, broker.point)) {
    if (!(await deps.ledger.take(`service:broker-failures:${network}`, failuresPerMinute, 60)))
      return problem("slow_down", "too many failed attempts", { retryAfterSeconds: 60 });
    return problem("broker_unauthorized", "no signature of a broker");
  }
  const { atMs, nonce, digest } = received.call;
  if (Math.abs(deps.clock.nowMs() - atMs) > brokerClockMs)
    return problem("signature_invalid", "the clocks are too far apart");
  const key = `${broker.project}:broker-link:once:${received.kid}:${nonce}`;
  if (!(await deps.ledger.once(key, (2 * brokerClockMs) / 1000 + 1)))
    return problem("request_replayed", "the nonce was seen");
  return { ok: true, broker, isBody: (body) => encodeBase64url(sha256(body)) === digest };
}
