import type { SigningKey } from "../keys/signing-key.ts";
import type { SecurityLevel } from "./key-description.ts";

export type Provisioning = "factory" | "remote";

export interface BatchRequest {
  readonly security: SecurityLevel;
  readonly provisioning: Provisioning;
  /** The device's attestation key, which will sign its leaves. */
  readonly key: SigningKey;
  /** 16 bytes that name the attestation key. */
  readonly serial: Uint8Array;
  /** Under the intermediate that the authority's status list revokes. */
  readonly revoked: boolean;
  readonly nowMs: number;
}

/** What signs a device's leaves: the name they bear as issuer, and the chain from the attestation certificate to the root. */
export interface Batch {
  readonly name: Uint8Array;
  readonly chain: readonly Uint8Array[];
}

/** One root and the way down from it to a device's attestation key. */
export interface ChainAuthority {
  readonly rootDer: Uint8Array;
  provision(request: BatchRequest): Batch;
}
