import { createHash, timingSafeEqual } from "node:crypto";
import { type DeviceProblem, problem } from "../device/outcome.ts";
import type { Verifier } from "../ports/index.ts";
import type { VerifierDeps } from "./verifier-deps.ts";

const failuresPerMinute = 20;

/** Lower-case hex SHA-256 of a credential's text: all that is ever stored of it. */
export function credentialHashOf(credential: string): string {
  return createHash("sha256").update(credential, "utf8").digest("hex");
}

/**
 * The verifier whose credential this is. Hashes alone are looked up and compared. Failures count against the caller's `network`; a valid
 * credential is always heard (docs/decisions/0301).
 */
export async function authenticateVerifier(
  deps: VerifierDeps,
  credential: string | null,
  network: string,
): Promise<{ readonly ok: true; readonly verifier: Verifier } | DeviceProblem> {
  if (credential !== null && /^csv_[A-Za-z0-9_-]{43}$/.test(credential)) {
    const hash = credentialHashOf(credential);
    const verifier = await deps.store.verifiers.byTokenHash(hash);
    if (verifier !== null && timingSafeEqual(Buffer.from(verifier.tokenHash, "hex"), Buffer.from(hash, "hex"))) {
      return { ok: true, verifier };
    }
  }
  if (!(await deps.ledger.take(`service:verifier-failures:${network}`, failuresPerMinute, 60))) {
    return problem("slow_down", "too many failed attempts", { retryAfterSeconds: 60 });
  }
  return problem("verifier_unauthorized", "no valid credential");
}
