import { checkBinding } from "./binding.ts";
import { findToken } from "./find-token.ts";
import { isObject } from "./keys/parse-jwks.ts";
import { checkDpop } from "./proof/dpop.ts";
import { checkHttpSignature } from "./proof/http-message-signature.ts";
import { type ProofResult, spend } from "./proof/proof-rules.ts";
import { refuse } from "./refuse.ts";
import type { RequestView } from "./request-view.ts";
import type { ServiceClient } from "./service/service-port.ts";
import type { Settings } from "./settings.ts";
import { useOf } from "./token/check-claims.ts";
import { checkToken } from "./token/check-token.ts";
import type { Claims } from "./token/parse-claims.ts";
import type { ProofKind, Refusal, Verification } from "./verification.ts";

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

function verified(claims: Claims, proof: ProofKind): Verification {
  const token = {
    claims: Object.freeze(claims),
    subject: text(claims.sub),
    arc: text(claims.arc),
    use: useOf(claims) ?? "instance",
    expiresAtMs: Number(claims.exp) * 1000,
    proof,
  };
  return { ok: true, bucket: "verified", token };
}

/** Uses a limited token up. Whatever the service does not say clearly refuses. */
async function consume(service: ServiceClient | undefined, claims: Claims, token: string): Promise<Refusal | null> {
  if (useOf(claims) !== "limited") return null;
  if (service === undefined) return refuse("use_refused");
  try {
    const answer = await service.consume(token);
    if (!answer.ok) return refuse(answer.reason);
    return answer.alreadyConsumed === false ? null : refuse("token_consumed");
  } catch {
    return refuse("consume_unavailable");
  }
}

async function checkProof(
  settings: Settings,
  token: { readonly text: string; readonly value: string; readonly claims: Claims },
  view: RequestView,
  nowMs: number,
): Promise<ProofResult | null> {
  const { proof, header } = settings;
  const { cnf } = token.claims;
  if (proof === null) {
    if (cnf === undefined || settings.proofWaived) return null;
    return { ok: false, reason: "proof_missing" };
  }
  const confirmation = isObject(cnf) ? cnf : {};
  if (proof.kind === "dpop") return checkDpop(proof.rules, { text: token.text, confirmation }, view, nowMs);
  return checkHttpSignature(proof.rules, { header, value: token.value, confirmation }, view, nowMs);
}

/** Judges a token by itself: no binding, no proof. */
export async function checkAlone(
  settings: Settings,
  service: ServiceClient | undefined,
  token: string,
): Promise<Verification> {
  const judged = await checkToken(settings.token, token, settings.nowMs());
  if (!judged.ok) return refuse(judged.reason);
  return (await consume(service, judged.claims, token)) ?? verified(judged.claims, "none");
}

/**
 * Judges a request: the token, what it is bound to, the proof; and last what changes something, that the proof is the first of its kind
 * and that a limited token is used up. So nothing that fails uses anything up.
 */
export async function checkRequest(
  settings: Settings,
  service: ServiceClient | undefined,
  view: RequestView,
): Promise<Verification> {
  const found = findToken(view, settings.header, settings.prefix);
  if (!found.ok) return refuse(found.reason);
  const nowMs = settings.nowMs();
  const judged = await checkToken(settings.token, found.token, nowMs);
  if (!judged.ok) return refuse(judged.reason);
  const { claims } = judged;

  if (settings.binding.headers.length > 0) {
    const unbound = await checkBinding(settings.token.crypto, settings.binding, claims.pay, view);
    if (unbound !== null) return refuse(unbound);
  }
  const proof = await checkProof(settings, { text: found.token, value: found.value, claims }, view, nowMs);
  if (proof !== null && !proof.ok) return refuse(proof.reason, proof.nonce);

  const seen = proof === null ? null : await spend(settings.replay, proof.spent);
  if (seen !== null) return refuse(seen);
  return (await consume(service, claims, found.token)) ?? verified(claims, settings.proof?.kind ?? "none");
}
