import { timingSafeEqual } from "node:crypto";
import { type DeviceProblem, problem } from "../device/outcome.ts";
import type { BrokerCredential } from "../ports/index.ts";
import { brokerCredentialHash, isBrokerCredential } from "./broker-credential.ts";
import type { BrokerDeps } from "./broker-deps.ts";

const failuresPerMinute = 60;

/**
 * The broker whose credential this is, as the record has it now. Hashes alone are looked up and compared. Failures count against the caller's
 * `network`; a valid credential is always heard.
 */
export async function authenticateBroker(
  deps: Pick<BrokerDeps, "store" | "ledger">,
  credential: string | null,
  network: string,
): Promise<{ readonly ok: true; readonly broker: BrokerCredential } | DeviceProblem> {
  if (credential !== null && isBrokerCredential(credential)) {
    const hash = brokerCredentialHash(credential);
    const broker = await deps.store.brokers.byTokenHash(hash);
    if (broker !== null && timingSafeEqual(Buffer.from(broker.tokenHash, "hex"), Buffer.from(hash, "hex"))) {
      return { ok: true, broker };
    }
  }
  if (!(await deps.ledger.take(`service:broker-failures:${network}`, failuresPerMinute, 60))) {
    return problem("slow_down", "too many failed attempts", { retryAfterSeconds: 60 });
  }
  return problem("broker_unauthorized", "no valid credential");
}
