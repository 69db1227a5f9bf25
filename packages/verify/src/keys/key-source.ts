import type { Awaitable, CryptoPort, ImportedKey } from "../crypto/port.ts";
import type { TokenAlg } from "./token-alg.ts";

/** One key that tokens may be signed with, and its one algorithm. */
export interface VerificationKey {
  /** Null: the key stands for tokens of any `kid` and of none. */
  readonly kid: string | null;
  readonly alg: TokenAlg;
  readonly key: ImportedKey;
  /** Refused from this second on (`exp` of its JWK); null: never. */
  readonly expiresAtSeconds: number | null;
}

/** The keys a `kid` stands for, or why there are none. */
export type KeyLookup =
  | { readonly ok: true; readonly keys: readonly VerificationKey[] }
  | { readonly ok: false; readonly reason: "key_unknown" | "keys_unavailable" };

/** A key source at work inside one verifier. */
export interface OpenKeySource {
  find(kid: string | null): Awaitable<KeyLookup>;
}

/** Where a verifier has its keys from: `secretKeys`, `jwks`, `localJwks` or `pem`. */
export interface KeySource {
  /** What its keys may be for. A token of any other algorithm is refused before a key is looked for. */
  readonly algs: readonly TokenAlg[];
  open(crypto: CryptoPort, nowMs: () => number): OpenKeySource;
}

/**
 * The keys of a list that a `kid` stands for. A token without `kid` stands for all of them, where there are few: otherwise it could make
 * the verifier try a whole set.
 */
export function findIn(keys: readonly VerificationKey[], kid: string | null, mostWithoutKid: number): KeyLookup {
  const found =
    kid === null
      ? keys.length <= mostWithoutKid
        ? keys
        : keys.filter((key) => key.kid === null)
      : keys.filter((key) => key.kid === null || key.kid === kid);
  return found.length === 0 ? { ok: false, reason: "key_unknown" } : { ok: true, keys: found };
}
