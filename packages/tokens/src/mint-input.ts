import type { EcJwk } from "@countersign/protocol";
import type { TokenKey } from "./token-key.ts";
import type { TokenProfile } from "./token-profile.ts";

/** Bounds of the life of a token that an instance gets, in seconds. */
export const tokenLifetime = { minSeconds: 30, maxSeconds: 300 } as const;

/** What a token is for; an instance's own says nothing of it. */
export type TokenUse = "instance" | "limited" | "example" | "long-lived";

/** Longest life by use, in seconds. */
export const longestLifeSeconds: Readonly<Record<TokenUse, number>> = {
  instance: tokenLifetime.maxSeconds,
  limited: tokenLifetime.maxSeconds,
  example: 3600,
  "long-lived": 365 * 86_400,
};

export type ClaimValue = string | number | boolean | readonly string[];

/** What a backend of Firebase App Check expects in `aud` and `sub`. */
export interface FirebaseAudience {
  readonly projectNumber: string;
  readonly projectId: string;
  /** Firebase app id by our app id; an app that is not named keeps its own id. */
  readonly appIds: Readonly<Record<string, string>>;
}

export interface MintInput {
  readonly key: TokenKey;
  readonly profile: TokenProfile;
  /** Contains the project and, for development, `/development`. */
  readonly issuer: string;
  /** The protected API's id. */
  readonly audience: string;
  /** Pairwise subject, b64u. */
  readonly subject: string;
  /** 16 bytes, the same for all APIs of a project; null only where no instance stands behind the token. Profile `approov` alone. */
  readonly did: Uint8Array | null;
  /** Our app id. */
  readonly app: string;
  /** The caller's address, where known. Profile `approov` alone. */
  readonly ip: string | null;
  /** Profile `firebase-app-check` alone, and needed there. */
  readonly firebase: FirebaseAudience | null;
  readonly issuedAtMs: number;
  /** What the API asks for; held within 30 s and the longest life of its use. */
  readonly lifetimeSeconds: number;
  /** End of the session: no token lives longer. */
  readonly endsAtMs: number;
  /** 16 random bytes. */
  readonly jti: Uint8Array;
  /** SHA-256 of what the token is bound to, 32 bytes; becomes `pay`. */
  readonly bind?: Uint8Array;
  readonly arc?: string;
  /** Names of findings that did not refuse; becomes `anno`. */
  readonly annotations?: readonly string[];
  /** The operator's own; never one of `reservedClaims`. */
  readonly claims?: Readonly<Record<string, ClaimValue>>;
  /** What the app said, for APIs that take it; becomes `custom`, in the place of an operator's claim of this name. */
  readonly custom?: Readonly<Record<string, unknown>>;
  /** The instance key: `jkt` for DPoP, `jwk` for HTTP signatures. */
  readonly confirmation?: { readonly jkt: string } | { readonly jwk: EcJwk };
  /** Absent: an instance's token, good for many calls. */
  readonly use?: Exclude<TokenUse, "instance">;
  /** A stricter limit of the life than that of its use. */
  readonly maxLifetimeSeconds?: number;
}
