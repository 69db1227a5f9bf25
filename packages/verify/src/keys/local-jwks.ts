import { fixedKeys } from "./key-entry.ts";
import type { KeySource } from "./key-source.ts";
import { parseJwks } from "./parse-jwks.ts";
import { type PublicAlg, publicAlgs } from "./token-alg.ts";

export interface LocalJwksOptions {
  /** Of what has no `alg`, or more than one possible. Default: every algorithm of a public key. */
  readonly algs?: readonly PublicAlg[];
}

/**
 * A JWK set at hand: `{keys: […]}`. A key's algorithm is its `alg`; where it has none, the only one its kind and `algs` leave. Its `exp`
 * is honoured. Throws a TypeError where it is no key set, holds a private key, or no key to use.
 */
export function localJwks(jwks: { readonly keys: readonly object[] }, options: LocalJwksOptions = {}): KeySource {
  const entries = parseJwks(jwks, options.algs ?? publicAlgs);
  if (entries === null) throw new TypeError("not a set of public keys that can verify tokens");
  return fixedKeys(entries, 1);
}
