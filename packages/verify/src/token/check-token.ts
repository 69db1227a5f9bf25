import type { CryptoPort } from "../crypto/port.ts";
import type { OpenKeySource, VerificationKey } from "../keys/key-source.ts";
import type { TokenAlg } from "../keys/token-alg.ts";
import type { VerifyReason } from "../reasons.ts";
import type { TokenDecryption } from "../verifier-options.ts";
import { type ClaimRules, checkClaims } from "./check-claims.ts";
import type { HeaderCache } from "./header-cache.ts";
import { type Claims, parseClaims } from "./parse-claims.ts";
import { parseHeader } from "./parse-header.ts";

/** What a token is judged by. */
export interface TokenRules {
  readonly crypto: CryptoPort;
  readonly algs: readonly TokenAlg[];
  readonly keys: OpenKeySource;
  readonly decoys: OpenKeySource | null;
  readonly headers: HeaderCache;
  readonly claims: ClaimRules;
  readonly decrypt: TokenDecryption | null;
}

export type TokenResult =
  | { readonly ok: true; readonly claims: Claims }
  | { readonly ok: false; readonly reason: VerifyReason };

const mostCharacters = 8192;

const refuse = (reason: VerifyReason): TokenResult => ({ ok: false, reason });

async function verifiesUnder(
  crypto: CryptoPort,
  keys: readonly VerificationKey[],
  input: string,
  signature: Uint8Array,
): Promise<boolean> {
  for (const { key } of keys) {
    const verified = crypto.verify(key, input, signature);
    if (typeof verified === "boolean" ? verified : await verified) return true;
  }
  return false;
}

/** Whether a token that no key of ours signed was signed by a decoy key, whatever its `kid`: a decoy shows the one of the real key. */
async function isDecoy(rules: TokenRules, alg: TokenAlg, input: string, signature: Uint8Array): Promise<boolean> {
  if (rules.decoys === null || alg !== "HS256") return false;
  const decoys = await rules.decoys.find(null);
  return decoys.ok && (await verifiesUnder(rules.crypto, decoys.keys, input, signature));
}

/** The signed token inside an encrypted one, or the token itself. */
async function open(decrypt: TokenDecryption | null, token: string): Promise<TokenResult | string> {
  if (decrypt === null) return refuse("token_encrypted");
  const inner = await decrypt.decrypt(token);
  return inner === null ? refuse("decryption_failed") : inner;
}

/**
 * Judges one token: size and structure, header, algorithm, key, signature, and only then what it claims. Nothing of the payload is read
 * before the signature over it verified.
 */
export async function checkToken(rules: TokenRules, token: string, nowMs: number): Promise<TokenResult> {
  if (token.length > mostCharacters) return refuse("token_too_large");
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first < 0 || second < 0) return refuse("token_malformed");
  if (token.indexOf(".", second + 1) >= 0) {
    if (token.split(".").length !== 5) return refuse("token_malformed");
    const inner = await open(rules.decrypt, token);
    return typeof inner === "string" ? checkToken({ ...rules, decrypt: null }, inner, nowMs) : inner;
  }

  const { crypto } = rules;
  const headerSegment = token.slice(0, first);
  const payload = crypto.decodeBase64url(token.slice(first + 1, second));
  const signature = crypto.decodeBase64url(token.slice(second + 1));
  if (payload === null || signature === null) return refuse("token_malformed");

  let header = rules.headers.get(headerSegment);
  if (header === undefined) {
    const bytes = crypto.decodeBase64url(headerSegment);
    const read = bytes === null ? null : parseHeader(bytes);
    if (read === null) return refuse("token_malformed");
    if (!read.ok) return read;
    header = read.header;
  }

  const { alg, kid } = header;
  if (!rules.algs.includes(alg)) return refuse("algorithm_refused");
  const finding = rules.keys.find(kid);
  const found = finding instanceof Promise ? await finding : finding;
  if (!found.ok) return found;
  const ofAlg = found.keys.filter((key) => key.alg === alg);
  if (ofAlg.length === 0) return refuse("algorithm_refused");
  const current = ofAlg.filter((key) => key.expiresAtSeconds === null || nowMs < key.expiresAtSeconds * 1000);
  if (current.length === 0) return refuse("key_retired");

  const input = token.slice(0, second);
  if (!(await verifiesUnder(crypto, current, input, signature)))
    return refuse((await isDecoy(rules, alg, input, signature)) ? "decoy" : "signature_invalid");
  rules.headers.add(headerSegment, header);

  const claims = parseClaims(payload, crypto.toByteText(payload));
  if (claims === null) return refuse("claims_malformed");
  const wrong = checkClaims(claims, rules.claims, nowMs);
  return wrong === null ? { ok: true, claims } : refuse(wrong);
}
