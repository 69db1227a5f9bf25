import { constants, type KeyObject, verify } from "node:crypto";
import { loadAndroidKey } from "../certificate/android-key.ts";

/** How content is digested: pieces of 1 MiB with SHA-256 or SHA-512, or a tree of pages with SHA-256. */
export type ContentDigestKind = "sha256" | "sha512" | "verity";

export interface SignatureAlgorithm {
  readonly id: number;
  readonly key: "rsa" | "ec" | "dsa" | "ml-dsa";
  /** Null where the algorithm hashes for itself. */
  readonly hash: "sha256" | "sha512" | null;
  readonly pss: boolean;
  readonly content: ContentDigestKind;
  /** The first API level whose verifier knows it. */
  readonly minSdk: number;
}

function row(
  id: number,
  key: SignatureAlgorithm["key"],
  hash: SignatureAlgorithm["hash"],
  content: ContentDigestKind,
  minSdk: number,
  pss = false,
): readonly [number, SignatureAlgorithm] {
  return [id, { id, key, hash, pss, content, minSdk }];
}

/**
 * Signature algorithm identifiers (APK Signature Scheme v2, "Signature Algorithm IDs"; 0x0421-0x0425 with verity content digests since
 * Android 9; 0x0501 is ML-DSA of Android 17, for hybrid v3.2 blocks alone).
 */
const algorithms: ReadonlyMap<number, SignatureAlgorithm> = new Map([
  row(0x0101, "rsa", "sha256", "sha256", 24, true),
  row(0x0102, "rsa", "sha512", "sha512", 24, true),
  row(0x0103, "rsa", "sha256", "sha256", 24),
  row(0x0104, "rsa", "sha512", "sha512", 24),
  row(0x0201, "ec", "sha256", "sha256", 24),
  row(0x0202, "ec", "sha512", "sha512", 24),
  row(0x0301, "dsa", "sha256", "sha256", 24),
  row(0x0421, "rsa", "sha256", "verity", 28),
  row(0x0423, "ec", "sha256", "verity", 28),
  row(0x0425, "dsa", "sha256", "verity", 28),
  row(0x0501, "ml-dsa", null, "sha512", 37),
]);

/** The algorithm of this identifier; undefined for one that Android does not know, which it passes over. */
export function signatureAlgorithm(id: number): SignatureAlgorithm | undefined {
  return algorithms.get(id);
}

/** Which content digest is the stronger; Android verifies the signature over the strongest that it supports. */
export const digestStrength: Readonly<Record<ContentDigestKind, number>> = { sha256: 0, verity: 1, sha512: 2 };

export type SignatureVerdict = "good" | "bad" | "unusable key";

/** Verifies one signature. `publicKey` is a SubjectPublicKeyInfo. */
export function verifySignature(
  algorithm: SignatureAlgorithm,
  publicKey: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): SignatureVerdict {
  const key = loadKey(algorithm, publicKey);
  if (key === null) return "unusable key";
  const padding = algorithm.pss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: algorithm.hash === "sha256" ? 32 : 64 }
    : {};
  try {
    return verify(algorithm.hash, data, { key, ...padding }, signature) ? "good" : "bad";
  } catch {
    return "bad";
  }
}

/** True where a SubjectPublicKeyInfo is an ML-DSA key of a size that Android 17 knows. */
export function isPostQuantumKey(spki: Uint8Array): boolean {
  return isMlDsa(loadAndroidKey(spki));
}

function loadKey(algorithm: SignatureAlgorithm, publicKey: Uint8Array): KeyObject | null {
  const key = loadAndroidKey(publicKey);
  const isOfAlgorithm = algorithm.key === "ml-dsa" ? isMlDsa(key) : key?.asymmetricKeyType === algorithm.key;
  return isOfAlgorithm ? key : null;
}

function isMlDsa(key: KeyObject | null): boolean {
  const type: string | undefined = key?.asymmetricKeyType;
  // Android 17 knows these two parameter sets of ML-DSA (FIPS 204).
  return type === "ml-dsa-65" || type === "ml-dsa-87";
}
