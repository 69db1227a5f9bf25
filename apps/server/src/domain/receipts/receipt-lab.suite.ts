import { generateKeyPairSync, randomBytes } from "node:crypto";
import { trustAnchorFromPem } from "@countersign/attestation";
import { encodeBase64url } from "@countersign/protocol";
import { pointOfKey } from "@countersign/protocol/server";
import { createTestAuthority } from "@countersign/virtual-device";
import type { Instance } from "../ports/index.ts";

export const nowMs = Date.UTC(2026, 10, 22);
export const appId = "A1B2C3D4E5.com.example.gallery";
export const clientDataHash = new Uint8Array(32).fill(9);
const authority = createTestAuthority({ seed: "receipts", nowMs });
export const furtherAnchors = authority.pems.map(trustAnchorFromPem);

/** The attested key of one device, and its leaf certificate. */
export interface ReceiptDevice {
  readonly point: Uint8Array;
  readonly leaf: Uint8Array;
}

export function newReceiptDevice(): ReceiptDevice {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const point = pointOfKey(publicKey);
  const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
  const key = { kind: "ec", privateKey, point, spki } as const;
  const leaf = authority.apple.mintLeaf({ key, nonce: randomBytes(32), appId, ios: "18", nowMs });
  return { point, leaf };
}

/** A receipt as the authority's server writes it. */
export function issueReceipt(
  device: ReceiptDevice,
  changes: Partial<Parameters<typeof authority.apple.receipts.issue>[0]> = {},
): Uint8Array {
  const common = { appId, leaf: device.leaf, clientDataHash, environment: "production", nowMs } as const;
  return authority.apple.receipts.issue({ ...common, token: randomBytes(64), ...changes });
}

/** What the record holds of the device after its enrolment. */
export function instanceOf(device: ReceiptDevice, project: string, instance: string): Instance {
  return {
    project,
    instance,
    app: "gallery",
    platform: "ios",
    attestedKey: encodeBase64url(device.point),
    instanceKey: encodeBase64url(device.point),
    subject: "subject",
    facts: {
      platform: "ios",
      appId,
      environment: "production",
      osVersion: "18.0",
      bundleVersion: null,
      validationCategory: null,
    },
    factsVersion: 1,
    evidenceAtMs: nowMs,
    serials: [],
    batch: null,
    counter: 0,
    createdAtMs: nowMs,
    lastSeenAtMs: nowMs,
  };
}
