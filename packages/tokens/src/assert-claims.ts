import type { ClaimValue } from "./mint-input.ts";
import { reservedClaims } from "./reserved-claims.ts";

/** A TypeError for an operator's claim with a reserved name, or with a value that JSON would write otherwise or not at all. */
export function assertClaims(claims: Readonly<Record<string, ClaimValue>> | undefined): void {
  if (claims === undefined) return;
  for (const name of Object.keys(claims)) {
    if (reservedClaims.includes(name)) throw new TypeError(`claim ${name} is reserved`);
    if (!isClaimValue(claims[name])) throw new TypeError(`claim ${name} has no value a claim may have`);
  }
}

function isClaimValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => typeof item === "string");
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}
