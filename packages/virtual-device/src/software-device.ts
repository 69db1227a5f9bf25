import type { AppClaims, NativeKeys, Platform } from "@countersign/client";
import { createByteSource } from "./keys/byte-source.ts";
import { createKeyStore } from "./keys/key-store.ts";
import { createRequestProofs } from "./keys/request-proofs.ts";
import { createEcKey, type SigningKey, signEs256 } from "./keys/signing-key.ts";
import { readStatementUse, type StatementUse } from "./keys/statement-use.ts";
import { createPlantedDetectors } from "./planted-detectors.ts";
import type { VirtualDevice } from "./virtual-device.ts";
import { previousMessage, statementMessage } from "./wire/bindings.ts";

export interface SoftwareDeviceOptions {
  readonly name: string;
  readonly app: AppClaims;
  /** The project's id, b64u. */
  readonly project: string;
  readonly platform: Platform;
}

/** Something without hardware of its own: a software key and no evidence of anything. */
export function createSoftwareDevice({ name, app, project, platform }: SoftwareDeviceOptions): VirtualDevice {
  const detectors = createPlantedDetectors();
  const store = createKeyStore<SigningKey>();
  const prove = (alias: string, _use: StatementUse, statement: Uint8Array) => ({
    signature: signEs256(store.get(alias), statementMessage(statement)),
  });
  const keys: NativeKeys = {
    platform,
    enrol: async () => {
      const key = createEcKey("P-256", createByteSource(), "instance");
      return { alias: store.add(key), instanceKey: key.point, attestedKey: key.point, evidence: [] };
    },
    prove: async (alias, statement) => prove(alias, readStatementUse(statement, project), statement),
    provePrevious: async (alias, statement) => {
      readStatementUse(statement, project);
      return signEs256(store.get(alias), previousMessage(statement));
    },
    ...createRequestProofs((alias) => store.get(alias)),
    forget: async (alias) => store.remove(alias),
  };
  const impossible = (): never => {
    throw new TypeError("this device has no attestation");
  };
  return {
    name,
    app,
    keys,
    detectors,
    see: (signal) => detectors.plant(signal),
    evil: {
      clearSignals: () => detectors.clear(),
      prove,
      counter: impossible,
      setCounter: impossible,
      failNextEnrolment: impossible,
      extendChain: impossible,
      attest: impossible,
    },
  };
}
