import type { AppClaims, EnrolledKey, NativeKeys } from "@countersign/client";
import { NativeKeyError } from "@countersign/client";
import { keystoreKeyName, mintAttestedLeaf } from "./android/attested-leaf.ts";
import type { Provisioning } from "./android/chain-authority.ts";
import type { BootState, KeyDescriptionFields, SecurityLevel } from "./android/key-description.ts";
import { base64url, fromHex, sha256, utf8 } from "./encoding/bytes.ts";
import { createByteSource } from "./keys/byte-source.ts";
import { createKeyStore } from "./keys/key-store.ts";
import { createRequestProofs } from "./keys/request-proofs.ts";
import { createEcKey, type SigningKey, signEs256 } from "./keys/signing-key.ts";
import { readStatementUse, type StatementUse } from "./keys/statement-use.ts";
import { createPlantedDetectors } from "./planted-detectors.ts";
import type { TestAuthority } from "./test-authority.ts";
import type { VirtualDevice } from "./virtual-device.ts";
import { androidKeyBinding, previousMessage, statementMessage } from "./wire/bindings.ts";

export interface VirtualPixelOptions {
  readonly authority: TestAuthority;
  readonly security: SecurityLevel;
  readonly provisioning: Provisioning;
  readonly packageName: string;
  readonly versionCode: number;
  /** Hex SHA-256 of the certificate that signed the installed app. */
  readonly signingDigest: string;
  /** Bootloader. Default: locked. */
  readonly locked?: boolean;
  /** Default: verified where locked, else unverified. */
  readonly bootState?: BootState;
  /** Hex, 32 bytes. Default: a fixed key where locked, zeros where not. */
  readonly verifiedBootKey?: string;
  /** The device's attestation key hangs under the intermediate that the authority's status list revokes. */
  readonly revokedBatch?: boolean;
  readonly app: AppClaims;
  /** The project's id, b64u. */
  readonly project: string;
  readonly nowMs: () => number;
}

/** A Pixel in software: Android key attestation under the authority's test roots. */
export function createVirtualPixel(options: VirtualPixelOptions): VirtualDevice {
  const { authority, project, nowMs } = options;
  const locked = options.locked ?? true;
  const device = createByteSource();
  const attestationKey = createEcKey("P-256", device, "attestation key");
  const detectors = createPlantedDetectors();
  const store = createKeyStore<SigningKey>();
  let vendorAway = false;

  const description = (challenge: Uint8Array): KeyDescriptionFields => ({
    security: options.security,
    challenge: androidKeyBinding(challenge),
    packageName: options.packageName,
    versionCode: options.versionCode,
    signingDigest: options.signingDigest,
    locked,
    bootState: options.bootState ?? (locked ? "verified" : "unverified"),
    verifiedBootKey: fromHex(options.verifiedBootKey ?? (locked ? pixelBootKey : "00".repeat(32))),
    verifiedBootHash: sha256(utf8("a boot image")),
    nowMs: nowMs(),
  });

  const chainFor = ({ spki }: Pick<SigningKey, "spki">, fields: KeyDescriptionFields): Uint8Array[] => {
    const batch = authority.google.provision({
      security: options.security,
      provisioning: options.provisioning,
      key: attestationKey,
      serial: device("attestation serial", 16),
      revoked: options.revokedBatch ?? false,
      nowMs: nowMs(),
    });
    return [mintAttestedLeaf(spki, fields, { name: batch.name, key: attestationKey }), ...batch.chain];
  };

  const enrolled = (alias: string, key: SigningKey, challenge: Uint8Array, chain: Uint8Array[]): EnrolledKey => ({
    alias,
    instanceKey: key.point,
    attestedKey: key.point,
    evidence: [{ type: "android", challenge: base64url(challenge), chain: chain.map(base64url) }],
  });

  const newKey = (): SigningKey => createEcKey("P-256", createByteSource(), "instance");

  const prove = (alias: string, _use: StatementUse, statement: Uint8Array) => ({
    signature: signEs256(store.get(alias), statementMessage(statement)),
  });

  const keys: NativeKeys = {
    platform: "android",
    enrol: async (challenge, continued) => {
      if (vendorAway) {
        vendorAway = false;
        throw new NativeKeyError("unavailable", "no attestation key could be fetched");
      }
      // The challenge is fixed when the key is made, so a continued alias is a new key in its place.
      if (continued !== undefined) store.remove(continued);
      const key = newKey();
      return enrolled(store.add(key), key, challenge, chainFor(key, description(challenge)));
    },
    prove: async (alias, statement) => prove(alias, readStatementUse(statement, project), statement),
    provePrevious: async (alias, statement) => {
      readStatementUse(statement, project);
      return signEs256(store.get(alias), previousMessage(statement));
    },
    ...createRequestProofs((alias) => store.get(alias)),
    forget: async (alias) => store.remove(alias),
  };

  return {
    name: deviceName(options.security, options.provisioning, locked),
    app: options.app,
    keys,
    detectors,
    see: (signal) => detectors.plant(signal),
    evil: {
      clearSignals: () => detectors.clear(),
      prove,
      counter: notAnIphone,
      setCounter: notAnIphone,
      failNextEnrolment: () => {
        vendorAway = true;
      },
      extendChain: (challenge) => {
        const genuine = newKey();
        const own = newKey();
        const claimed = description(challenge);
        const chain = chainFor(genuine, {
          ...claimed,
          packageName: "com.example.flashlight",
          signingDigest: strangersDigest,
        });
        const forged = mintAttestedLeaf(own.spki, claimed, { name: keystoreKeyName, key: genuine });
        return enrolled(store.add(own), own, challenge, [forged, ...chain]);
      },
      attest: (spki, challenge) => chainFor({ spki }, description(challenge)),
    },
  };
}

const pixelBootKey = "3f".repeat(32);
const strangersDigest = "a7".repeat(32);

function notAnIphone(): never {
  throw new TypeError("only App Attest keys have a counter");
}

function deviceName(security: SecurityLevel, provisioning: Provisioning, locked: boolean): string {
  const level = { tee: "TEE", strongbox: "StrongBox", software: "software key" }[security];
  return `Pixel, ${level}${provisioning === "remote" ? ", remotely provisioned" : ""}${locked ? "" : ", unlocked"}`;
}
