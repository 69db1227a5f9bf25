import { generateKeyPairSync, randomBytes } from "node:crypto";
import { toBase64 } from "@countersign/asn1";
import { CompactEncrypt, CompactSign } from "jose";
import type { PlayIntegrityExpectations } from "../play-integrity/expectations.ts";
import { type PlayIntegrityKeys, parsePlayIntegrityKeys } from "../play-integrity/keys.ts";

/** Play Integrity verdicts and tokens made to order, by the library's own writers. */
export const nowMs = Date.parse("2026-11-22T00:00:00Z");
export const packageName = "com.example.gallery";
export const signingDigest = "ab".repeat(32);
export const nonce: Uint8Array = new Uint8Array(32).fill(0xfb);
export const requestHash: string = Buffer.from(nonce).toString("base64url");

type Json = Readonly<Record<string, unknown>>;
type Section = "requestDetails" | "appIntegrity" | "deviceIntegrity" | "accountDetails" | "environmentDetails";

const genuine = {
  requestDetails: { requestPackageName: packageName, nonce: requestHash, timestampMillis: `${nowMs - 30_000}` },
  appIntegrity: {
    appRecognitionVerdict: "PLAY_RECOGNIZED",
    packageName,
    certificateSha256Digest: [Buffer.from(signingDigest, "hex").toString("base64url")],
    versionCode: "42",
  },
  deviceIntegrity: {
    deviceRecognitionVerdict: ["MEETS_BASIC_INTEGRITY", "MEETS_DEVICE_INTEGRITY", "MEETS_STRONG_INTEGRITY"],
    deviceAttributes: { sdkVersion: 33 },
    recentDeviceActivity: { deviceActivityLevel: "LEVEL_2" },
    deviceRecall: { values: { bitFirst: true }, writeDates: { yyyymmFirst: 202_402 } },
    legacyDeviceRecognitionVerdict: ["MEETS_DEVICE_INTEGRITY"],
  },
  accountDetails: { appLicensingVerdict: "LICENSED" },
  environmentDetails: {
    appAccessRiskVerdict: { appsDetected: ["KNOWN_INSTALLED", "UNKNOWN_INSTALLED"] },
    playProtectVerdict: "NO_ISSUES",
  },
} satisfies Record<Section, Json>;

/** A genuine verdict with changed members; `undefined` takes a member away. */
export function makeVerdict(
  changes: Partial<Record<Section, Json>> & { readonly testingDetails?: unknown } = {},
): Json {
  const sections = Object.entries({ ...genuine, ...changes }).map(([name, section]) => [
    name,
    name in genuine ? { ...genuine[name as Section], ...(section as Json) } : section,
  ]);
  return JSON.parse(JSON.stringify(Object.fromEntries(sections))) as Json;
}

export function playExpectations(payload: unknown): PlayIntegrityExpectations {
  return {
    payload,
    expected: { packageName, signingDigests: [signingDigest], nonce, requestHash },
    nowMs,
    requiredDeviceLabels: ["MEETS_DEVICE_INTEGRITY"],
    allowTesting: false,
  };
}

export const decryptionKey: Uint8Array = new Uint8Array(randomBytes(32));
const google = generateKeyPairSync("ec", { namedCurve: "P-256" });
export const keyTexts = {
  decryptionKey: toBase64(decryptionKey),
  verificationKey: google.publicKey.export({ format: "der", type: "spki" }).toString("base64"),
};

export function playKeys(): PlayIntegrityKeys {
  const keys = parsePlayIntegrityKeys(keyTexts);
  if (keys === null) throw new Error("no keys");
  return keys;
}

export async function signed(
  payload: string,
  header: Json = { alg: "ES256" },
  key = google.privateKey,
): Promise<string> {
  return new CompactSign(Buffer.from(payload))
    .setProtectedHeader(header as { alg: string })
    .sign(header.alg === "HS256" ? Buffer.from(keyTexts.verificationKey, "base64") : key);
}

export async function encrypted(
  content: string | Uint8Array,
  header: Json = { alg: "A256KW", enc: "A256GCM" },
  key: Parameters<CompactEncrypt["encrypt"]>[0] = decryptionKey,
): Promise<string> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return new CompactEncrypt(bytes).setProtectedHeader(header as { alg: string; enc: string }).encrypt(key);
}

/** A classic token as Google makes it. */
export async function makeToken(verdict: Json = makeVerdict()): Promise<string> {
  return encrypted(await signed(JSON.stringify(verdict)));
}
