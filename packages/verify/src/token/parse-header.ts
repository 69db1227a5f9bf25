import { parseStrictJson } from "@countersign/protocol";
import { isObject } from "../keys/parse-jwks.ts";
import { type TokenAlg, tokenAlgOf } from "../keys/token-alg.ts";
import type { VerifyReason } from "../reasons.ts";

/** What a token's header says. It selects a key by name; it never selects how that key is used. */
export interface TokenHeader {
  readonly alg: TokenAlg;
  readonly kid: string | null;
}

export type HeaderResult =
  | { readonly ok: true; readonly header: TokenHeader }
  | { readonly ok: false; readonly reason: VerifyReason };

const members = ["alg", "typ", "kid"];
const most = { bytes: 1024, kidCharacters: 256 } as const;

const refuse = (reason: VerifyReason): HeaderResult => ({ ok: false, reason });

/**
 * Judges a protected header (RFC 7515 §4): exactly `alg`, `typ` and perhaps `kid`. Whatever else a header can ask for (`crit`, `jwk`,
 * `jku`, `x5u`, `x5c`, `b64`, `zip`) is refused, not skipped (RFC 8725 §3.10, §3.11).
 */
export function parseHeader(bytes: Uint8Array): HeaderResult {
  const read = parseStrictJson(bytes, { maxBytes: most.bytes, maxDepth: 2 });
  if (!read.ok || !isObject(read.value)) return refuse("token_malformed");
  const { alg, typ, kid } = read.value;
  if (Object.keys(read.value).some((name) => !members.includes(name))) return refuse("token_malformed");
  if (kid !== undefined && (typeof kid !== "string" || kid.length > most.kidCharacters))
    return refuse("token_malformed");
  if (typ !== "JWT") return refuse("type_wrong");
  const known = tokenAlgOf(alg);
  return known === null ? refuse("algorithm_refused") : { ok: true, header: { alg: known, kid: kid ?? null } };
}
