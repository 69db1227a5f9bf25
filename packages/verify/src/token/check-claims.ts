import { isObject } from "../keys/parse-jwks.ts";
import type { VerifyReason } from "../reasons.ts";
import type { TokenUse } from "../verification.ts";
import type { Claims } from "./parse-claims.ts";

/** What claims are judged by. */
export interface ClaimRules {
  readonly issuer: string | null;
  readonly audiences: readonly string[] | null;
  readonly required: readonly string[];
  readonly accept: readonly TokenUse[];
  readonly toleranceSeconds: number;
  readonly maxLifetimeSeconds: number;
}

const uses = ["limited", "example", "long-lived"] as const;
/** The longest life the service gives by use, in seconds. */
const longest = { example: 3600, "long-lived": 366 * 86400 } as const;

const isText = (value: unknown): boolean => value === undefined || typeof value === "string";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === "string");
const isTime = (value: unknown): boolean => value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0);

/** Every claim that a backend may rely on is of its type (RFC 7519 §4.1); times are whole seconds. */
function areTyped(claims: Claims): boolean {
  const { iss, sub, aud, jti, pay, arc, did, ip, use, exp, iat, nbf, anno, cnf } = claims;
  if (!(isText(iss) && isText(sub) && isText(jti) && isText(pay) && isText(arc))) return false;
  if (!(isText(did) && isText(ip) && isText(use))) return false;
  if (exp === undefined || !(isTime(exp) && isTime(iat) && isTime(nbf))) return false;
  if (!(isText(aud) || isTexts(aud))) return false;
  return (anno === undefined || isTexts(anno)) && (cnf === undefined || isObject(cnf));
}

function hasAll(claims: Claims, required: readonly string[]): boolean {
  for (const name of required) if (claims[name] === undefined) return false;
  return true;
}

function isFor(aud: unknown, audiences: readonly string[]): boolean {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.some((each) => audiences.some((audience) => audience === each));
}

/** The use a token is for; null for a word that is none. */
export function useOf(claims: Claims): TokenUse | null {
  if (claims.use === undefined) return "instance";
  return uses.find((use) => use === claims.use) ?? null;
}

function checkTimes(claims: Claims, use: TokenUse, rules: ClaimRules, nowSeconds: number): VerifyReason | null {
  const { toleranceSeconds: tolerance } = rules;
  const exp = Number(claims.exp);
  // Tokens of the reference product do not say when they were made: now stands in, so that theirs is a bound too.
  const iat = claims.iat === undefined ? Math.floor(nowSeconds) : Number(claims.iat);
  if (nowSeconds >= exp + tolerance) return "token_expired";
  if (iat > nowSeconds + tolerance) return "token_not_yet_valid";
  if (claims.nbf !== undefined && Number(claims.nbf) > nowSeconds + tolerance) return "token_not_yet_valid";
  const most = use === "example" || use === "long-lived" ? longest[use] : rules.maxLifetimeSeconds;
  if (exp - iat > most + (claims.iat === undefined ? tolerance : 0)) return "claims_malformed";
  return null;
}

/** Judges claims whose signature verified: types, issuer, audience, times, use. The first that fails is the reason. */
export function checkClaims(claims: Claims, rules: ClaimRules, nowMs: number): VerifyReason | null {
  if (!areTyped(claims) || !hasAll(claims, rules.required)) return "claims_malformed";
  if (rules.issuer !== null && claims.iss !== rules.issuer) return "issuer_wrong";
  if (rules.audiences !== null && !isFor(claims.aud, rules.audiences)) return "audience_wrong";
  const use = useOf(claims);
  if (use === null || !rules.accept.includes(use)) return "use_refused";
  return checkTimes(claims, use, rules, nowMs / 1000);
}
