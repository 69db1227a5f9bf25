import { hex } from "../encoding/bytes.ts";
import type { ByteSource } from "../keys/byte-source.ts";
import { toPem } from "../x509/certificate.ts";
import { fullSerial } from "../x509/serial.ts";
import type { Batch, BatchRequest } from "./chain-authority.ts";
import { createFactoryAuthority } from "./factory-authority.ts";
import { createRemoteAuthority } from "./remote-authority.ts";

/** Google-shaped attestation authorities under test roots: RSA for factory-provisioned keys, EC P-384 for remotely provisioned ones. */
export interface GoogleAuthority {
  readonly rootDer: Uint8Array;
  readonly rootPem: string;
  readonly factoryRootDer: Uint8Array;
  readonly factoryRootPem: string;
  /** Lower-case hex without leading zeros: the serial of the intermediates of the revoked batch. */
  readonly revokedSerial: string;
  provision(request: BatchRequest): Batch;
}

export function createGoogleAuthority(
  source: ByteSource,
  nowMs: number,
  factoryRootBits: 2048 | 4096,
): GoogleAuthority {
  const revokedSerial = fullSerial(source("google revoked serial", 16));
  const factory = createFactoryAuthority(source, nowMs, factoryRootBits, revokedSerial);
  const remote = createRemoteAuthority(source, nowMs, revokedSerial);
  return {
    rootDer: remote.rootDer,
    rootPem: toPem(remote.rootDer),
    factoryRootDer: factory.rootDer,
    factoryRootPem: toPem(factory.rootDer),
    revokedSerial: BigInt(`0x${hex(revokedSerial)}`).toString(16),
    provision: (request) => (request.provisioning === "factory" ? factory : remote).provision(request),
  };
}
