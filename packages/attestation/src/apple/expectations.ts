import type { TrustAnchor } from "../trust-anchor.ts";
import type { AppAttestEnvironment } from "./environment.ts";

/** What genuine App Attest evidence says. */
export interface AppAttestFacts {
  /** The App ID of the allow-list that matched; else the one the certificate names; else empty. */
  readonly appId: string;
  readonly environment: AppAttestEnvironment;
  /** The attested key's 65-byte uncompressed point. */
  readonly publicKey: Uint8Array;
  readonly keyId: Uint8Array;
  /** 0 in accepted evidence. */
  readonly counter: number;
  /** Apple's receipt as it came; its signature is not verified here. */
  readonly receipt: Uint8Array;
  readonly osVersion: string | null;
  /** iOS 27 and later, else null. */
  readonly bundleVersion: string | null;
  readonly validationCategory: number | null;
  /** Leaf first, lower-case hex. */
  readonly certificateSerials: readonly string[];
  /** SHA-256 of the SubjectPublicKeyInfo above the leaf. */
  readonly batch: Uint8Array;
}

/** What the evidence is held against. */
export interface AppAttestExpectations {
  readonly attestation: Uint8Array;
  /** 32 bytes, as `generateKey` gave it. */
  readonly keyId: Uint8Array;
  /** SHA-256 of the client data. The hash is the caller's: some apps, and Apple's samples, hand over the challenge itself. */
  readonly clientDataHash: Uint8Array;
  /** `TEAMID.bundle.id`; empty refuses. */
  readonly appIds: readonly string[];
  /** Environments that count; empty refuses. */
  readonly environments: readonly AppAttestEnvironment[];
  /** Empty refuses. */
  readonly anchors: readonly TrustAnchor[];
  readonly nowMs: number;
}

/** As above with null for what was not given, for the doctor: the rule is then reported as not evaluated. */
export interface PartialAppAttestExpectations extends Pick<AppAttestExpectations, "attestation" | "anchors" | "nowMs"> {
  readonly keyId: Uint8Array | null;
  readonly clientDataHash: Uint8Array | null;
  readonly appIds: readonly string[] | null;
  readonly environments: readonly AppAttestEnvironment[] | null;
  readonly publicKey: Uint8Array | null;
}
