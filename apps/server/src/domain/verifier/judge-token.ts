import type { VerifyReason } from "@countersign/protocol";
import {
  checkAudience,
  checkBegun,
  checkBinding,
  checkClaims,
  checkEnd,
  checkIssuer,
  checkStanding,
  checkUse,
} from "./check-token-claims.ts";
import {
  checkAlgorithm,
  checkForm,
  checkKey,
  checkKeyAlgorithm,
  checkSignature,
  checkSize,
  checkType,
} from "./check-token-key.ts";
import type { TokenCheck, TokenFindings, TokenQuestion, TokenSaid } from "./token-check.ts";

interface Step {
  readonly name: string;
  /** The reason that a failure gives first of all. */
  readonly reason: VerifyReason;
  readonly check: (question: TokenQuestion, findings: TokenFindings) => TokenSaid | Promise<TokenSaid>;
}

/** The order is the argument: nothing of a token is believed before its signature is, and what costs a look-up comes last. */
const steps: readonly Step[] = [
  { name: "size", reason: "token_too_large", check: checkSize },
  { name: "form", reason: "token_malformed", check: checkForm },
  { name: "type", reason: "type_wrong", check: checkType },
  { name: "algorithm", reason: "algorithm_refused", check: checkAlgorithm },
  { name: "key", reason: "key_unknown", check: checkKey },
  { name: "algorithm of the key", reason: "algorithm_refused", check: checkKeyAlgorithm },
  { name: "signature", reason: "signature_invalid", check: checkSignature },
  { name: "claims", reason: "claims_malformed", check: checkClaims },
  { name: "issuer", reason: "issuer_wrong", check: checkIssuer },
  { name: "audience", reason: "audience_wrong", check: checkAudience },
  { name: "begin", reason: "token_not_yet_valid", check: checkBegun },
  { name: "end", reason: "token_expired", check: checkEnd },
  { name: "use", reason: "use_refused", check: checkUse },
  { name: "binding", reason: "binding_wrong", check: checkBinding },
  { name: "bans", reason: "token_banned", check: checkStanding },
];

export interface JudgedToken {
  /** In their order; after the first that fails none is evaluated. */
  readonly checks: readonly TokenCheck[];
  /** Why it is refused; null where it is not. */
  readonly reason: VerifyReason | null;
  /** `claims` were read after the signature was verified. */
  readonly findings: TokenFindings;
}

/** Holds a token against an API by the service's own keys. Rejects where the record cannot be read; nothing of a token makes it throw. */
export async function judgeToken(question: TokenQuestion): Promise<JudgedToken> {
  let findings: TokenFindings = { jws: null, key: null, claims: null };
  let refusal: VerifyReason | null = null;
  const checks: TokenCheck[] = [];
  for (const { name, reason, check } of steps) {
    if (refusal !== null) {
      checks.push({ name, result: "not_evaluated", reason, expected: null, found: null });
      continue;
    }
    const { refused, expected = null, found = null, ...more } = await check(question, findings);
    findings = { ...findings, ...more };
    const isRefused = refused !== null && refused !== "not_evaluated";
    if (isRefused) refusal = refused;
    checks.push({
      name,
      result: refused === null ? "pass" : isRefused ? "fail" : "not_evaluated",
      reason: isRefused ? refused : reason,
      expected,
      found,
    });
  }
  return { checks, reason: refusal, findings };
}
