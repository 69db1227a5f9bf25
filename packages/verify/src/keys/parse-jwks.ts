import type { PublicJwk } from "../crypto/port.ts";
import type { KeyEntry } from "./key-entry.ts";
import type { PublicAlg } from "./token-alg.ts";

const mostKeys = 64;
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

type Members = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The public members of a JWK that its kind needs; null for any other kind or curve, and for a private or symmetric key. */
export function toPublicJwk(jwk: Members): PublicJwk | null {
  if (privateMembers.some((name) => Object.hasOwn(jwk, name))) return null;
  const { kty, crv, x, y, n, e } = jwk;
  if (kty === "EC" && crv === "P-256" && typeof x === "string" && typeof y === "string") return { kty, crv, x, y };
  if (kty === "OKP" && crv === "Ed25519" && typeof x === "string") return { kty, crv, x };
  if (kty === "RSA" && typeof n === "string" && typeof e === "string") return { kty, n, e };
  return null;
}

const algsOf = {
  EC: ["ES256"],
  OKP: ["EdDSA"],
  RSA: ["RS256", "PS256"],
} as const satisfies Record<PublicJwk["kty"], readonly PublicAlg[]>;

/** The one algorithm of a key: what it says of itself, else the only one that its kind and the operator leave. */
function algOf(jwk: Members, kty: PublicJwk["kty"], algs: readonly PublicAlg[]): PublicAlg | null {
  const possible = algsOf[kty].filter((alg) => algs.includes(alg) && (jwk.alg === undefined || jwk.alg === alg));
  return possible.length === 1 ? (possible[0] ?? null) : null;
}

/**
 * The keys of a JWK set (RFC 7517 §5) that may verify tokens, each with one algorithm. Keys of other kinds, uses and algorithms are
 * left out, as the RFC asks. Null where it is no key set, holds a private key or no key to use, or has more than 64.
 */
export function parseJwks(value: unknown, algs: readonly PublicAlg[]): KeyEntry[] | null {
  if (!isObject(value) || !Array.isArray(value.keys) || value.keys.length > mostKeys) return null;
  const keys: readonly unknown[] = value.keys;
  const entries: KeyEntry[] = [];
  for (const each of keys) {
    if (!isObject(each) || typeof each.kty !== "string" || Object.hasOwn(each, "d")) return null;
    const jwk = toPublicJwk(each);
    const alg = jwk === null ? null : algOf(each, jwk.kty, algs);
    if (jwk === null || alg === null || (each.use !== undefined && each.use !== "sig")) continue;
    if (each.kid !== undefined && typeof each.kid !== "string") return null;
    if (each.exp !== undefined && !Number.isSafeInteger(each.exp)) return null;
    const expiresAtSeconds = typeof each.exp === "number" ? each.exp : null;
    entries.push({ kid: each.kid ?? null, alg, material: { kind: "jwk", jwk }, expiresAtSeconds });
  }
  return entries.length === 0 ? null : entries;
}
