import { andThen } from "./and-then.ts";
import { checkBinding } from "./binding.ts";
import type { Awaitable } from "./crypto/port.ts";
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

/** Uses a limited token up, out of its encryption, which only this backend can open. Whatever the service does not say clearly refuses. */
async function consume(service: ServiceClient | undefined, token: string): Promise<Refusal | null> {
  if (service === undefined) return refuse("use_refused");
  try {
    const answer = await service.consume(token);
    if (!answer.ok) return refuse(answer.reason);
    return answer.alreadyConsumed === false ? null : refuse("token_consumed");
  } catch {
    return refuse("consume_unavailable");
  }
}

function checkProof(
  { header }: Settings,
  proof: NonNullable<Settings["proof"]>,
  token: { readonly text: string; readonly value: string; readonly claims: Claims },
  view: RequestView,
  nowMs: number,
): Promise<ProofResult> {
  const confirmation = isObject(token.claims.cnf) ? token.claims.cnf : {};
  if (proof.kind === "dpop") return checkDpop(proof.rules, { text: token.text, confirmation }, view, nowMs);
  return checkHttpSignature(proof.rules, { header, value: token.value, confirmation }, view, nowMs);
}

/** Judges a token by itself: no binding, no proof. */
export function checkAlone(
  settings: Settings,
  service: ServiceClient | undefined,
  token: string,
): Awaitable<Verification> {
  return andThen(checkToken(settings.token, token, settings.nowMs()), (judged): Awaitable<Verification> => {
    if (!judged.ok) return refuse(judged.reason);
    if (useOf(judged.claims) !== "limited") return verified(judged.claims, "none");
    return consume(service, judged.signed).then((refusal) => refusal ?? verified(judged.claims, "none"));
  });
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
  const judging = checkToken(settings.token, found.token, nowMs);
  const judged = judging instanceof Promise ? await judging : judging;
  if (!judged.ok) return refuse(judged.reason);
  const { claims } = judged;

  if (settings.binding.headers.length > 0) {
    const unbound = await checkBinding(settings.token.crypto, settings.binding, claims.pay, view);
    if (unbound !== null) return refuse(unbound);
  }
  if (settings.proof !== null) {
    const proof = await checkProof(
      settings,
      settings.proof,
      { text: found.token, value: found.value, claims },
      view,
      nowMs,
    );
    if (!proof.ok) return refuse(proof.reason, proof.nonce);
    const seen = await spend(settings.replay, proof.spent, settings.nowMs());
    if (seen !== null) return refuse(seen);
  } else if (claims.cnf !== undefined && !settings.proofWaived) return refuse("proof_missing");

  const kind = settings.proof?.kind ?? "none";
  if (useOf(claims) !== "limited") return verified(claims, kind);
  return (await consume(service, judged.signed)) ?? verified(claims, kind);
}
