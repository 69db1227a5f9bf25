import type { TrustAnchor } from "@countersign/attestation";
import type { Check, Facts, Reason } from "@countersign/protocol";

/** Evidence and what it is held against; plain data, so that it can be handed to another thread. */
export type EvidenceJob =
  | {
      readonly platform: "ios";
      readonly attestation: Uint8Array;
      readonly attestedKey: Uint8Array;
      readonly clientDataHash: Uint8Array;
      readonly appIds: readonly string[];
      readonly environments: readonly ("production" | "development")[];
      readonly furtherAnchors: readonly TrustAnchor[];
      readonly nowMs: number;
    }
  | {
      readonly platform: "android";
      readonly chain: readonly Uint8Array[];
      readonly attestedKey: Uint8Array;
      readonly challenge: Uint8Array;
      readonly packageName: string;
      readonly signingDigests: readonly string[];
      readonly verifiedBootKeys: readonly string[];
      readonly allowSoftware: boolean;
      /** Whether a status list past its grace refuses: production. */
      readonly demandsRevocation: boolean;
      readonly furtherAnchors: readonly TrustAnchor[];
      readonly nowMs: number;
    };

/** The receipt of an App Attest attestation, where Apple wrote it of this very attestation. */
export interface NewReceipt {
  readonly receipt: Uint8Array;
  readonly renewAfterMs: number;
}

/** What verified evidence leaves behind; the evidence itself is not kept. */
export interface VerifiedEvidence {
  readonly facts: Facts;
  /** Lower-case hex. */
  readonly serials: readonly string[];
  /** Lower-case hex SHA-256 of the SPKI above the leaf. */
  readonly batch: string;
  /** Null on other platforms, and where there is nothing to renew. */
  readonly receipt: NewReceipt | null;
}

export type EvidenceVerdict =
  | { readonly ok: true; readonly checks: readonly Check[]; readonly evidence: VerifiedEvidence }
  | {
      readonly ok: false;
      readonly checks: readonly Check[];
      readonly reason: Reason;
      /** What the refused evidence says, where it could be read: nothing is decided by it. */
      readonly claimed: Facts | null;
    };

/** Verification of evidence, off the event loop. Rejects with `EvidenceBusyError` where too much waits already. */
export interface EvidenceVerifier {
  verify(job: EvidenceJob): Promise<EvidenceVerdict>;
  close(): Promise<void>;
}

/** The queue is full or the verifier gave no answer in time: the caller answers `unavailable`. */
export class EvidenceBusyError extends Error {
  readonly code = "evidence_busy";

  constructor() {
    super("Too much evidence waits for verification.");
    this.name = "EvidenceBusyError";
  }
}
