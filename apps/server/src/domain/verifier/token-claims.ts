import { parseMembers } from "./parse-jws.ts";

/** What a token may be for; `instance` where it says nothing of it. */
export const tokenUses = ["instance", "limited", "example", "long-lived"] as const;
export type TokenUse = (typeof tokenUses)[number];

/** Claims of a token of ours, in the form all profiles share. */
export interface TokenClaims {
  /** Every claim, as it stands. */
  readonly all: Readonly<Record<string, unknown>>;
  readonly iss: string;
  readonly aud: readonly string[];
  readonly issuedAtMs: number;
  /** The later of `iat` and `nbf`. */
  readonly notBeforeMs: number;
  readonly expiresAtMs: number;
  readonly jti: string;
  readonly use: TokenUse;
}

const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** The claims of a payload; null where one is missing or not of the form that every token has. */
export function parseTokenClaims(payload: Uint8Array): TokenClaims | null {
  const all = parseMembers(payload);
  if (all === null) return null;
  const { iss, aud, iat, nbf, exp, jti, use } = all;
  const audiences = typeof aud === "string" ? [aud] : aud;
  if (typeof iss !== "string" || !Array.isArray(audiences) || audiences.length === 0) return null;
  if (!audiences.every((each) => typeof each === "string")) return null;
  if (!isSeconds(iat) || !isSeconds(exp) || exp <= iat || (nbf !== undefined && !isSeconds(nbf))) return null;
  if (typeof jti !== "string" || !/^[A-Za-z0-9_-]{16,128}$/.test(jti)) return null;
  const known = use === undefined ? "instance" : tokenUses.find((each) => each !== "instance" && each === use);
  if (known === undefined) return null;
  return {
    all,
    iss,
    aud: audiences,
    issuedAtMs: iat * 1000,
    notBeforeMs: Math.max(iat, nbf ?? 0) * 1000,
    expiresAtMs: exp * 1000,
    jti,
    use: known,
  };
}
