import { createPublicKey, type KeyObject } from "node:crypto";
import { derSequence, parseDer } from "../der/element.ts";
import { toBits, toOid } from "../der/value.ts";

const ecPublicKey = "1.2.840.10045.2.1";
const rsaEncryption = "1.2.840.113549.1.1.1";
const p256 = "1.2.840.10045.3.1.7";
const namedCurves: ReadonlySet<string> = new Set([p256, "1.3.132.0.34", "1.3.132.0.35"]);

// SubjectPublicKeyInfo of a P-256 key up to its point (RFC 5480 §2).
const p256Prefix = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");

/** The 65-byte uncompressed point of a P-256 SubjectPublicKeyInfo; null for every other key. Says nothing about the curve equation. */
export function p256Point(spki: Uint8Array): Uint8Array | null {
  const length = p256Prefix.length;
  if (spki.length !== length + 65 || spki[length] !== 4) return null;
  return p256Prefix.equals(spki.subarray(0, length)) ? spki.slice(length) : null;
}

/** The SubjectPublicKeyInfo of a 65-byte uncompressed P-256 point. */
export function p256Spki(point: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([p256Prefix, point]));
}

/** A key that may have signed a certificate or an assertion: RSA, or EC on a named NIST curve. Null for every other, and for a point off its curve. */
export function loadVerificationKey(spki: Uint8Array): KeyObject | null {
  const parts = derSequence(parseDer(spki));
  const algorithm = derSequence(parts?.[0]);
  if (parts?.length !== 2 || algorithm === null || toBits(parts[1]) === null) return null;
  const oid = toOid(algorithm[0]);
  const usable = oid === rsaEncryption || (oid === ecPublicKey && namedCurves.has(toOid(algorithm[1]) ?? ""));
  if (!usable) return null;
  try {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    return null;
  }
}
