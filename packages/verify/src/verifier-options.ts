import type { KeySource } from "./keys/key-source.ts";
import type { SecretKey } from "./keys/secret-keys.ts";
import type { ReplayStore } from "./replay/replay-store.ts";
import type { RequestView } from "./request-view.ts";
import type { ServiceClient } from "./service/service-port.ts";
import type { Verification } from "./verification.ts";

/** Whose form the tokens have. */
export type VerifierProfile = "countersign" | "approov" | "firebase-app-check";

/** Opens encrypted tokens; made by `tokenDecryption` of `@countersign/verify/jwe`. */
export interface TokenDecryption {
  /** The JWS inside, or null where it cannot be opened. Never rejects. */
  decrypt(jwe: string): Promise<string | null>;
}

/** How a verifier is set (docs/verify.md). */
export interface VerifierOptions {
  /** `iss` that tokens must have; null: any. */
  readonly issuer: string | null;
  /** `aud` that tokens must have, one of these; null: any. */
  readonly audience: string | readonly string[] | null;
  /** Default `countersign`. */
  readonly profile?: VerifierProfile;
  readonly keys: KeySource;
  /** Keys of decoy tokens: what verifies under one is refused as `decoy`. */
  readonly decoyKeys?: readonly SecretKey[];
  /** Default by profile: `Countersign-Token`, `Approov-Token`, `X-Firebase-AppCheck`. */
  readonly header?: string;
  /** What stands before the token, with its space: `Bearer `. Default none. Case is not significant. */
  readonly prefix?: string;
  /** Headers that the token is bound to, in order. Default none. */
  readonly bind?: readonly string[];
  /** Accept tokens that are bound to nothing although `bind` names headers. Default false. */
  readonly bindOptional?: boolean;
  /** What the sender must prove. Default: nothing, but a token that names a key (`cnf`) is refused; `none` accepts it without proof. */
  readonly proof?: "none" | "dpop" | "httpsig";
  /** Scheme, host and port that apps call, `https://api.example.com`. Demanded with `dpop` and `httpsig`: `Host` is never believed. */
  readonly origin?: string;
  /** Have DPoP proofs carry a nonce of this verifier (RFC 9449 §9). 32 bytes that all nodes share; lifetime 1 to 3600 s. */
  readonly dpopNonce?: { readonly key: Uint8Array; readonly lifetimeSeconds: number };
  /** Further uses that count. Default none. */
  readonly accept?: readonly ("example" | "long-lived")[];
  /** 0 to 60. Default 5. */
  readonly clockToleranceSeconds?: number;
  /** Longest life of an instance token that is accepted: 30 to 604800. Default 300. */
  readonly maxLifetimeSeconds?: number;
  /** What shows an app without agent: requests without a token that carry it count as `outdated`. */
  readonly appMarker?: { readonly header: string; readonly pattern: RegExp };
  /** Where proofs are remembered. Default: this process's memory, bounded. */
  readonly replay?: ReplayStore;
  /** Uses up limited tokens and takes reports. Without it limited tokens are refused. */
  readonly service?: ServiceClient;
  /**
   * Look in headers and address of every request for the decoys of the project (docs/guides/decoy-secrets.md) and report those that come. Needs
   * `service`. No verdict depends on it or waits for it. Default false.
   */
  readonly spotDecoys?: boolean;
  readonly decrypt?: TokenDecryption;
  /** Default `Date.now`. */
  readonly nowMs?: () => number;
  /** Called after every request, and not waited for. What it throws or rejects with is dropped. */
  readonly onVerification?: (verification: Verification, view: RequestView) => unknown;
}
