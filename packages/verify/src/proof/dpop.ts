import { encodeBase64url, parseStrictJson, toUtf8 } from "@countersign/protocol";
import type { CryptoPort } from "../crypto/port.ts";
import { isObject } from "../keys/parse-jwks.ts";
import { type RequestView, valuesOf } from "../request-view.ts";
import { isBase64url } from "../token/base64url-text.ts";
import type { Claims } from "../token/parse-claims.ts";
import { type InstanceJwk, parseInstanceJwk, thumbprintOf } from "./proof-key.ts";
import { type ProofResult, type ProofRules, proofSeconds } from "./proof-rules.ts";
import { hasDotSegments, normalizeTarget, pathAndQueryOf } from "./request-target.ts";

const mostCharacters = 4096;
const headerMembers = ["typ", "alg", "jwk"];
/** The sender chooses it and it becomes part of a store's key: no space, line break or foreign character may reach what keeps the store. */
const identifier = /^[!-~]{1,256}$/;

interface DpopClaims {
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  readonly iat: number;
  readonly ath: string;
  readonly nonce: string | null;
}

const refuse = (reason: (ProofResult & { ok: false })["reason"]): ProofResult => ({ ok: false, reason });

function parseObject(crypto: CryptoPort, segment: string): Readonly<Record<string, unknown>> | null {
  const bytes = crypto.decodeBase64url(segment);
  const read = bytes === null ? null : parseStrictJson(bytes, { maxBytes: mostCharacters });
  return read?.ok && isObject(read.value) ? read.value : null;
}

/** RFC 9449 §4.2: what a proof for a protected resource holds. */
function parseDpopClaims(value: Readonly<Record<string, unknown>> | null): DpopClaims | null {
  if (value === null) return null;
  const { jti, htm, htu, iat, ath, nonce } = value;
  if (typeof jti !== "string" || !identifier.test(jti)) return null;
  if (typeof htm !== "string" || typeof htu !== "string" || typeof ath !== "string") return null;
  if (typeof iat !== "number" || !Number.isSafeInteger(iat) || iat < 0) return null;
  if (nonce !== undefined && typeof nonce !== "string") return null;
  return { jti, htm, htu, iat, ath, nonce: nonce ?? null };
}

/** Dot segments of the request itself are not resolved: routers do not, and would take `/admin/../photos` for something of `/admin`. */
function isTarget(rules: ProofRules, htu: string, view: RequestView): boolean {
  const asked = pathAndQueryOf(view.url);
  if (asked === null || hasDotSegments(asked.path)) return false;
  const expected = normalizeTarget(rules.origin + asked.path);
  return expected !== null && normalizeTarget(htu) === expected;
}

/** Until when the proof is good, or why it is not of now: by our nonce where we give nonces, else by its own time. */
async function checkTime(
  rules: ProofRules,
  { iat, nonce }: DpopClaims,
  nowMs: number,
): Promise<{ ok: true; goodUntilMs: number } | (ProofResult & { ok: false })> {
  if (rules.nonces === null) {
    const nowSeconds = Math.floor(nowMs / 1000);
    if (Math.abs(nowSeconds - iat) > proofSeconds) return { ok: false, reason: "proof_stale" };
    return { ok: true, goodUntilMs: (iat + proofSeconds + 1) * 1000 };
  }
  const goodUntil = nonce === null ? null : await rules.nonces.goodUntilSeconds(nonce, nowMs);
  if (goodUntil === null) return { ok: false, reason: "proof_nonce_required", nonce: await rules.nonces.mint(nowMs) };
  return { ok: true, goodUntilMs: goodUntil * 1000 };
}

/**
 * Checks the DPoP proof of a request, in the order of RFC 9449 §4.3: one header, structure, type, algorithm, a public key, that it is the
 * key the token names (`cnf.jkt`), signature; then method, target, token, time or nonce. That it is the first of its `jti` comes last
 * of all and is left to the caller.
 */
export async function checkDpop(
  rules: ProofRules,
  token: { readonly text: string; readonly confirmation: Claims },
  view: RequestView,
  nowMs: number,
): Promise<ProofResult> {
  const values = valuesOf(view, "dpop");
  const [proof = ""] = values;
  if (values.length > 1 || proof.includes(",")) return refuse("proof_duplicated");
  if (proof === "") return refuse("proof_missing");

  const { crypto } = rules;
  const segments = proof.split(".");
  const [headerSegment = "", payloadSegment = "", signatureSegment = ""] = segments;
  if (proof.length > mostCharacters || segments.length !== 3) return refuse("proof_malformed");
  const header = parseObject(crypto, headerSegment);
  if (header === null || !isBase64url(signatureSegment)) return refuse("proof_malformed");
  if (Object.keys(header).some((name) => !headerMembers.includes(name)) || header.typ !== "dpop+jwt")
    return refuse("proof_malformed");
  if (header.alg !== "ES256") return refuse("proof_algorithm_refused");
  const jwk: InstanceJwk | null = parseInstanceJwk(crypto, header.jwk);
  if (jwk === null) return refuse("proof_malformed");
  const thumbprint = await thumbprintOf(crypto, jwk);
  if (thumbprint !== token.confirmation.jkt) return refuse("proof_key_wrong");
  const key = await rules.keys.import(thumbprint, jwk);
  if (key === null) return refuse("proof_malformed");
  if (!(await crypto.verify(key, `${headerSegment}.${payloadSegment}`, signatureSegment)))
    return refuse("proof_signature_invalid");

  const claims = parseDpopClaims(parseObject(crypto, payloadSegment));
  if (claims === null) return refuse("proof_malformed");
  if (claims.htm !== view.method) return refuse("proof_method_wrong");
  if (!isTarget(rules, claims.htu, view)) return refuse("proof_target_wrong");
  if (claims.ath !== encodeBase64url(await crypto.sha256(toUtf8(token.text)))) return refuse("proof_token_wrong");
  const time = await checkTime(rules, claims, nowMs);
  if (!time.ok) return time;
  return { ok: true, spent: { key: `dpop:${thumbprint}:${claims.jti}`, goodUntilMs: time.goodUntilMs } };
}
