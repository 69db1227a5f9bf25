import type { AppClaims, NativeKeys } from "@countersign/client";
import { createByteSource } from "./keys/byte-source.ts";
import { createKeyStore } from "./keys/key-store.ts";
import { createRequestProofs } from "./keys/request-proofs.ts";
import { createEcKey, type SigningKey, signEs256 } from "./keys/signing-key.ts";
import { readStatementUse, type StatementUse } from "./keys/statement-use.ts";
import { createPlantedDetectors } from "./planted-detectors.ts";
import type { VirtualDevice } from "./virtual-device.ts";
import { previousMessage, statementMessage } from "./wire/bindings.ts";

export interface VirtualBrowserOptions {
  readonly app: AppClaims;
  /** The project's id, b64u. */
  readonly project: string;
}

/** A browser: a software key and no evidence of anything. */
export function createVirtualBrowser(options: VirtualBrowserOptions): VirtualDevice {
  const detectors = createPlantedDetectors();
  const store = createKeyStore<SigningKey>();
  const prove = (alias: string, _use: StatementUse, statement: Uint8Array) => ({
    signature: signEs256(store.get(alias), statementMessage(statement)),
  });
  const keys: NativeKeys = {
    platform: "web",
    enrol: async () => {
      const key = createEcKey("P-256", createByteSource(), "instance");
      return { alias: store.add(key), instanceKey: key.point, attestedKey: key.point, evidence: [] };
    },
    prove: async (alias, statement) => prove(alias, readStatementUse(statement, options.project), statement),
    provePrevious: async (alias, statement) => {
      readStatementUse(statement, options.project);
      return signEs256(store.get(alias), previousMessage(statement));
    },
    ...createRequestProofs((alias) => store.get(alias)),
    forget: async (alias) => store.remove(alias),
  };
  const impossible = (): never => {
    throw new TypeError("a browser has no attestation");
  };
  return {
    name: "Browser",
    app: options.app,
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
    },
  };
}
