import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { concatBytes, fromHex } from "../bytes.ts";
import { isPoint, isSignatureInRange } from "../point.ts";

// SubjectPublicKeyInfo of id-ecPublicKey with prime256v1, up to the point (RFC 5480).
const spkiPrefix = fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200") ?? new Uint8Array(0);

/** The key of a 65-byte point; null where it is not on P-256. Keep it where one key verifies often: the import is the costly part. */
export function publicKeyOfPoint(point: Uint8Array): KeyObject | null {
  if (!isPoint(point)) return null;
  return createPublicKey({ key: Buffer.from(concatBytes(spkiPrefix, point)), format: "der", type: "spki" });
}

/** ES256 over a message: point on the curve, signature 64 bytes `r ∥ s`, both in 1..n-1. Signatures are malleable: never a replay key. */
export function verifyEs256(point: Uint8Array | KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  const key = point instanceof Uint8Array ? publicKeyOfPoint(point) : point;
  if (key === null || !isSignatureInRange(signature)) return false;
  return verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature);
}

/** 64 bytes `r ∥ s`. */
export function signEs256(privateKey: KeyObject, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" }));
}

/** The 65-byte point of a P-256 key. Any other key is a TypeError. */
export function pointOfKey(key: KeyObject): Uint8Array {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  const spki = publicKey.export({ format: "der", type: "spki" });
  const point = new Uint8Array(spki.subarray(spkiPrefix.length));
  if (!isPoint(point)) throw new TypeError("not a P-256 key");
  return point;
}

export interface SigningKeyPair {
  readonly privateKey: KeyObject;
  readonly point: Uint8Array;
  /** DER; the private key in the clear. */
  readonly pkcs8: Uint8Array;
}

/** A new P-256 key pair. */
export function generateSigningKey(): SigningKeyPair {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    privateKey,
    point: pointOfKey(privateKey),
    pkcs8: new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" })),
  };
}

/** A P-256 private key from PKCS#8 DER. Any other key is a TypeError. */
export function importSigningKey(pkcs8: Uint8Array): KeyObject {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  pointOfKey(key);
  return key;
}
