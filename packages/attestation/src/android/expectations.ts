import type { RevocationList } from "../revocation.ts";
import type { TrustAnchor } from "../trust-anchor.ts";

/** What an Android key attestation is held against. Null always means: not given, and reported as not evaluated. */
export interface AndroidExpectations {
  /** DER certificates, leaf first; the root may be left out. */
  readonly chain: readonly Uint8Array[];
  /** The exact attestationChallenge. */
  readonly challenge: Uint8Array | null;
  /** Registered packages, one of which must be attested; empty refuses. */
  readonly packageNames: readonly string[] | null;
  /** Registered SHA-256 signing certificate digests in hex, one of which must be attested; empty refuses. */
  readonly signingDigests: readonly string[] | null;
  /** Boot keys in hex that are trusted where the boot state is self-signed. */
  readonly verifiedBootKeys: readonly string[];
  /** Also hold the key against enrolment's parameters. */
  readonly enrolment: boolean;
  /** Let software keys count. What only hardware can say is then reported as not evaluated. */
  readonly allowSoftware: boolean;
  /** Empty refuses. Keys that AOSP publishes never count. */
  readonly anchors: readonly TrustAnchor[];
  readonly revocation: RevocationList | null;
  /**
   * How far the list may be relied on. Absent: fully. `stale`: it counts, and `revocation_known` is reported as not evaluated.
   * `lost`: its grace is over, or none came within it, which refuses.
   */
  readonly revocationStanding?: "stale" | "lost";
  readonly nowMs: number;
}
