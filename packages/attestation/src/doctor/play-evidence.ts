import type { Check } from "@countersign/protocol";
import type { PlayDeviceLabel, PlayIntegrityFacts } from "../play-integrity/expectations.ts";
import type { PlayIntegrityKeys } from "../play-integrity/keys.ts";
import { openPlayIntegrityToken } from "../play-integrity/open-token.ts";
import { playIntegrityRules } from "../play-integrity/rules.ts";
import { verifyPlayIntegrity } from "../play-integrity/verdict.ts";
import { type Finding, waiveChecks } from "./waived-checks.ts";

/** What a Play Integrity verdict is held against. Null: not given, and reported as not evaluated. */
export interface PlayGiven {
  readonly nowMs: number;
  /** The bytes a classic request was bound to. */
  readonly challenge: Uint8Array | null;
  /** The text a standard request was bound to. */
  readonly requestHash?: string | null;
  readonly packageNames: readonly string[] | null;
  readonly signingDigests: readonly string[] | null;
  readonly deviceLabels?: readonly PlayDeviceLabel[] | null;
}

/** Judges a decoded verdict. Whose it is cannot be said: only a token, or Google's own connection, is signed. */
export function judgePlayVerdict(payload: unknown, given: PlayGiven): Finding<PlayIntegrityFacts> {
  const { nowMs, challenge, requestHash = null, deviceLabels = null } = given;
  const judge = (packageName: string) =>
    verifyPlayIntegrity({
      payload,
      expected: { packageName, signingDigests: given.signingDigests ?? [], nonce: challenge, requestHash },
      nowMs,
      requiredDeviceLabels: deviceLabels ?? [],
      allowTesting: false,
    });
  const waived = [
    ...(given.packageNames === null ? ["request_package", "app_package"] : []),
    ...(challenge === null && requestHash === null ? ["binding"] : []),
    ...(given.signingDigests === null ? ["app_signing_digest"] : []),
    ...(deviceLabels === null ? ["device_labels"] : []),
  ];
  // An app has one package; of several the one that the verdict meets counts.
  const findings = (given.packageNames ?? [""]).map((name) => waiveChecks(judge(name), waived));
  const passed = findings.find(({ checks }) => !isPackageFailed(checks));
  return passed ?? findings[0] ?? waiveChecks(judge(""), waived);
}

function isPackageFailed(checks: readonly Check[]): boolean {
  return checks.some(({ name, result }) => result === "fail" && (name === "request_package" || name === "app_package"));
}

/** Opens a classic token and judges what is inside; where it does not open, the verdict's rules are not evaluated. Never rejects. */
export async function judgePlayToken(
  token: string,
  keys: PlayIntegrityKeys,
  given: PlayGiven,
): Promise<Finding<PlayIntegrityFacts>> {
  const opened = await openPlayIntegrityToken(token, keys);
  if (!opened.ok) {
    const open = playIntegrityRules.map(
      ({ name, reason }): Check => ({ name, reason, result: "not_evaluated", expected: null, found: null }),
    );
    return { reason: opened.reason, checks: [...opened.checks, ...open], facts: null };
  }
  const finding = judgePlayVerdict(opened.facts.payload, given);
  return { ...finding, checks: [...opened.checks, ...finding.checks] };
}
