import { createHash } from "node:crypto";
import type { Scheme } from "./scheme.ts";

export type BackendClaims = Readonly<Record<string, unknown>>;

/** A backend's check of a request, as it stands in samples and applications: resolves to the claims, rejects where it refuses. */
export interface Backend {
  check(token: string, authorization: string): Promise<BackendClaims>;
  close(): Promise<void>;
}

export type OpenBackend = (scheme: Scheme) => Promise<Backend>;

/**
 * The binding check of the Approov samples: the header's value is hashed and compared with `pay`. They compare base64; backends of other
 * profiles compare base64url.
 */
export function checkPay({ profile }: Scheme, claims: BackendClaims, authorization: string): BackendClaims {
  const encoding = profile === "approov" ? "base64" : "base64url";
  const hash = createHash("sha256").update(authorization, "utf-8").digest(encoding);
  if (claims.pay !== hash) throw new Error("token binding does not match");
  return claims;
}

/** The shared secret as backends decode it. */
export function secretOf({ base64Secret }: Scheme): Buffer {
  if (base64Secret === null) throw new TypeError("this scheme has no shared secret");
  return Buffer.from(base64Secret, "base64");
}

export function jwksUriOf({ jwksUri }: Scheme): string {
  if (jwksUri === null) throw new TypeError("this scheme has no key set");
  return jwksUri;
}

/** The claims of what a library verified; anything else is no token of ours. */
export function toClaims(value: unknown): BackendClaims {
  if (typeof value !== "object" || value === null) throw new Error("no claims");
  return { ...value };
}
