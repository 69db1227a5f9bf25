import type { ExplainResult, Explanation } from "@countersign/attestation";
import { isReason } from "@countersign/protocol";
import type { TraceAnswer } from "../answers.ts";

type Checks = Explanation["checks"];

/** The trace behind an ARC in the doctor's form: accepted only where the service trusted the instance. */
export function explainTrace(trace: TraceAnswer): ExplainResult {
  const [first] = trace.reasons;
  const reason = first?.reason ?? null;
  const checks = toChecks(trace);
  if (checks === null || (reason !== null && !isReason(reason))) {
    const message = "the service names a reason that this version does not know; update it to the service's version";
    return { ok: false, message };
  }
  const explanation: Explanation = {
    kind: "arc",
    verdict: trace.verdict === "trusted" ? "accepted" : "refused",
    reason,
    checks,
    facts: {
      arc: trace.arc,
      time: new Date(trace.atMs).toISOString(),
      verdict: trace.verdict,
      call: trace.use,
      reasons: trace.reasons.map((entry) => entry.reason),
      app: trace.app,
      platform: trace.platform,
      instance: trace.instance,
      signals: trace.signals,
    },
  };
  return { ok: true, explanation };
}

/** Null where a check gives a reason that is not of the closed list. */
function toChecks(trace: TraceAnswer): Checks | null {
  const checks = trace.checks.flatMap(({ name, result, reason, expected, found }) =>
    isReason(reason) ? [{ name, result, reason, expected, found }] : [],
  );
  return checks.length === trace.checks.length ? checks : null;
}
