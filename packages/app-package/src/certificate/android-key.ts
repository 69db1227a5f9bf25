import { createPublicKey, type KeyObject } from "node:crypto";
import { derSequence, parseDer, toBits, toOid } from "@countersign/asn1";

/** P-224, P-256, P-384 and P-521: the curves of Android's cryptographic library, by name (RFC 5480 §2.1.1.1). */
const curves: ReadonlySet<string> = new Set(["1.3.132.0.33", "1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"]);
const uncompressed = 4;

// Android's library takes no larger exponent and Java no smaller one; each bit of one is work for whoever verifies (BoringSSL, `RSA_check_key`).
const smallestExponent = 3n;
const largestExponent = 2n ** 33n - 1n;
const largestDsaModulusBits = 4096;

/**
 * The key of a SubjectPublicKeyInfo where Android's library and apksig's take it; null for every other, and for what is none. Elliptic curves are
 * named and points are whole: OpenSSL also takes curves that a certificate makes up for itself. Never throws.
 */
export function loadAndroidKey(spki: Uint8Array): KeyObject | null {
  const key = parseKey(spki);
  const type = key?.asymmetricKeyType;
  const { publicExponent = 0n, modulusLength = 0 } = key?.asymmetricKeyDetails ?? {};
  if (type === "rsa") return publicExponent >= smallestExponent && publicExponent <= largestExponent ? key : null;
  if (type === "ec") return hasNamedCurve(spki) ? key : null;
  return type === "dsa" && modulusLength > largestDsaModulusBits ? null : key;
}

function hasNamedCurve(spki: Uint8Array): boolean {
  const [algorithm, point] = derSequence(parseDer(spki)) ?? [];
  const curve = toOid(derSequence(algorithm)?.[1]);
  return curve !== null && curves.has(curve) && toBits(point)?.[0] === uncompressed;
}

function parseKey(spki: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    return null;
  }
}
