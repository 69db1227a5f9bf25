import type { AppClaims, NativeKeys } from "@countersign/client";
import { NativeKeyError } from "@countersign/client";
import {
  type AppAttestEnvironment,
  type AppAttestIdentity,
  mintAssertion,
  mintAttestation,
} from "./apple/app-attest.ts";
import type { IosRelease } from "./apple/leaf-extensions.ts";
import { base64url } from "./encoding/bytes.ts";
import { createByteSource } from "./keys/byte-source.ts";
import { createKeyStore } from "./keys/key-store.ts";
import { createRequestProofs } from "./keys/request-proofs.ts";
import { createEcKey, type SigningKey, signEs256 } from "./keys/signing-key.ts";
import { readStatementUse, type StatementUse } from "./keys/statement-use.ts";
import { createPlantedDetectors } from "./planted-detectors.ts";
import type { TestAuthority } from "./test-authority.ts";
import type { VirtualDevice } from "./virtual-device.ts";
import { appleKeyBinding, previousMessage, statementHash, statementMessage } from "./wire/bindings.ts";

export interface VirtualIphoneOptions {
  readonly authority: TestAuthority;
  /** `TEAMID.bundle.id`. */
  readonly appId: string;
  /** CFBundleVersion. Default: the build that `app` claims. */
  readonly bundleVersion?: string;
  readonly ios: IosRelease;
  /** App Attest's environment. Default: production. */
  readonly environment?: AppAttestEnvironment;
  /** iOS 27's validation category. Default: 4 (App Store) in production, 3 in development. */
  readonly validationCategory?: number;
  readonly app: AppClaims;
  /** The project's id, b64u. */
  readonly project: string;
  readonly nowMs: () => number;
  /** The counter of the first assertion is one more. Default: 0. */
  readonly counterStart?: number;
}

interface IphoneKey {
  readonly attestKey: SigningKey;
  readonly instanceKey: SigningKey;
  counter: number;
  attested: boolean;
}

/** An iPhone in software: App Attest under the authority's test root, an instance key beside it. */
export function createVirtualIphone(options: VirtualIphoneOptions): VirtualDevice {
  const { authority, project, nowMs } = options;
  const environment = options.environment ?? "production";
  const identity: AppAttestIdentity = {
    appId: options.appId,
    ios: options.ios,
    environment,
    bundleVersion: options.bundleVersion ?? options.app.build,
    validationCategory: options.validationCategory ?? (environment === "production" ? 4 : 3),
  };
  const detectors = createPlantedDetectors();
  const store = createKeyStore<IphoneKey>();
  let vendorAway = false;

  const newKey = (): string => {
    const source = createByteSource();
    return store.add({
      attestKey: createEcKey("P-256", source, "app attest"),
      instanceKey: createEcKey("P-256", source, "instance"),
      counter: options.counterStart ?? 0,
      attested: false,
    });
  };

  const prove = (alias: string, use: StatementUse, statement: Uint8Array) => {
    const key = store.get(alias);
    key.counter += 1;
    const assertion = mintAssertion(key.attestKey, identity, statementHash(statement), key.counter);
    if (use === "session") return { assertion };
    return { assertion, signature: signEs256(key.instanceKey, statementMessage(statement)) };
  };

  const keys: NativeKeys = {
    platform: "ios",
    enrol: async (challenge, continued) => {
      const alias = continued ?? newKey();
      const key = store.get(alias);
      if (vendorAway) {
        vendorAway = false;
        throw new NativeKeyError("unavailable", "App Attest is not reachable", alias);
      }
      // App Attest attests a key once.
      if (key.attested) throw new NativeKeyError("invalid_key", "this key has been attested before", alias);
      key.attested = true;
      const clientDataHash = appleKeyBinding(challenge, key.instanceKey.point);
      const attestation = mintAttestation(authority.apple, key.attestKey, identity, clientDataHash, nowMs());
      return {
        alias,
        instanceKey: key.instanceKey.point,
        attestedKey: key.attestKey.point,
        evidence: [{ type: "apple", challenge: base64url(challenge), attestation: base64url(attestation) }],
      };
    },
    prove: async (alias, statement) => prove(alias, readStatementUse(statement, project), statement),
    provePrevious: async (alias, statement) => {
      readStatementUse(statement, project);
      return signEs256(store.get(alias).instanceKey, previousMessage(statement));
    },
    ...createRequestProofs((alias) => store.get(alias).instanceKey),
    forget: async (alias) => store.remove(alias),
  };

  return {
    name: `iPhone, iOS ${options.ios}${environment === "development" ? ", development" : ""}`,
    app: options.app,
    keys,
    detectors,
    see: (signal) => detectors.plant(signal),
    evil: {
      clearSignals: () => detectors.clear(),
      prove,
      counter: (alias) => store.get(alias).counter,
      setCounter: (alias, counter) => {
        store.get(alias).counter = counter;
      },
      failNextEnrolment: () => {
        vendorAway = true;
      },
      extendChain: () => {
        throw new TypeError("an iPhone's chain has no certificate that its owner could sign with");
      },
      attest: () => {
        throw new TypeError("App Attest keeps the keys that it attests");
      },
    },
  };
}
