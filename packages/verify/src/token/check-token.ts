import { andThen } from "../and-then.ts";
import type { Awaitable, CryptoPort } from "../crypto/port.ts";
import type { OpenKeySource, VerificationKey } from "../keys/key-source.ts";
import type { TokenAlg } from "../keys/token-alg.ts";
import type { VerifyReason } from "../reasons.ts";
import type { TokenDecryption } from "../verifier-options.ts";
import { isBase64url } from "./base64url-text.ts";
import { type ClaimRules, checkClaims } from "./check-claims.ts";
import type { HeaderCache } from "./header-cache.ts";
import { type Claims, parseClaims } from "./parse-claims.ts";
import { type HeaderResult, parseHeader } from "./parse-header.ts";

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
  | {
      readonly ok: true;
      readonly claims: Claims;
      /** The signed token; of an encrypted one, what was inside. */
      readonly signed: string;
    }
  | { readonly ok: false; readonly reason: VerifyReason };

const mostCharacters = 8192;

const refuse = (reason: VerifyReason): TokenResult => ({ ok: false, reason });

function verifiesUnder(
  crypto: CryptoPort,
  keys: readonly VerificationKey[],
  input: string,
  signature: string,
  from = 0,
): Awaitable<boolean> {
  const key = keys[from];
  if (key === undefined) return false;
  return andThen(
    crypto.verify(key.key, input, signature),
    (verified) => verified || verifiesUnder(crypto, keys, input, signature, from + 1),
  );
}

/** Whether a token that no key of ours signed was signed by a decoy key, whatever its `kid`: a decoy shows the one of the real key. */
async function isDecoy(rules: TokenRules, alg: TokenAlg, input: string, signature: string): Promise<boolean> {
  if (rules.decoys === null || alg !== "HS256") return false;
  const decoys = await rules.decoys.find(null);
  return decoys.ok && (await verifiesUnder(rules.crypto, decoys.keys, input, signature));
}

/** Opens an encrypted token and judges the signed one inside it. Encrypted twice is refused. */
async function checkEncrypted(rules: TokenRules, token: string, nowMs: number): Promise<TokenResult> {
  if (token.split(".").length !== 5) return refuse("token_malformed");
  if (rules.decrypt === null) return refuse("token_encrypted");
  const inner = await rules.decrypt.decrypt(token);
  return inner === null ? refuse("decryption_failed") : checkToken({ ...rules, decrypt: null }, inner, nowMs);
}

/** The keys that this header may mean: of its `kid` and of its algorithm, and not past their time. */
function usableKeys(
  keys: readonly VerificationKey[],
  alg: TokenAlg,
  nowMs: number,
): readonly VerificationKey[] | VerifyReason {
  let ofAlg = 0;
  const usable = (key: VerificationKey): boolean => {
    if (key.alg !== alg) return false;
    ofAlg += 1;
    return key.expiresAtSeconds === null || nowMs < key.expiresAtSeconds * 1000;
  };
  const [only] = keys;
  const found = keys.length === 1 && only !== undefined && usable(only) ? keys : keys.filter(usable);
  if (found.length > 0) return found;
  return ofAlg === 0 ? "algorithm_refused" : "key_retired";
}

function readHeader(rules: TokenRules, segment: string): HeaderResult {
  const known = rules.headers.get(segment);
  if (known !== undefined) return { ok: true, header: known };
  const bytes = rules.crypto.decodeBase64url(segment);
  return bytes === null ? { ok: false, reason: "token_malformed" } : parseHeader(bytes);
}

/**
 * Judges one token: size and structure, header, algorithm, key, signature, and only then what it claims. Nothing of the payload is read
 * before the signature over it verified.
 */
export function checkToken(rules: TokenRules, token: string, nowMs: number): Awaitable<TokenResult> {
  if (token.length > mostCharacters) return refuse("token_too_large");
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first < 0 || second < 0) return refuse("token_malformed");
  if (token.indexOf(".", second + 1) >= 0) return checkEncrypted(rules, token, nowMs);

  const { crypto } = rules;
  const headerSegment = token.slice(0, first);
  const payload = token.slice(first + 1, second);
  const signature = token.slice(second + 1);
  if (!isBase64url(payload) || !isBase64url(signature)) return refuse("token_malformed");
  const read = readHeader(rules, headerSegment);
  if (!read.ok) return read;
  const { header } = read;
  if (!rules.algs.includes(header.alg)) return refuse("algorithm_refused");

  return andThen(rules.keys.find(header.kid), (found) => {
    if (!found.ok) return found;
    const keys = usableKeys(found.keys, header.alg, nowMs);
    if (typeof keys === "string") return refuse(keys);
    const input = token.slice(0, second);
    return andThen(verifiesUnder(crypto, keys, input, signature), (verified): Awaitable<TokenResult> => {
      if (!verified)
        return isDecoy(rules, header.alg, input, signature).then((decoy) =>
          refuse(decoy ? "decoy" : "signature_invalid"),
        );
      rules.headers.add(headerSegment, header);
      return judgeClaims(rules, token, payload, nowMs);
    });
  });
}

function judgeClaims(rules: TokenRules, signed: string, payload: string, nowMs: number): TokenResult {
  const claims = parseClaims(rules.crypto, payload);
  if (claims === null) return refuse("claims_malformed");
  const wrong = checkClaims(claims, rules.claims, nowMs);
  return wrong === null ? { ok: true, claims, signed } : refuse(wrong);
}
