import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  createSecretKey,
  KeyObject,
  timingSafeEqual,
  verify,
} from "node:crypto";
import type { TokenAlg } from "../keys/token-alg.ts";
import type { CryptoPort, ImportedKey, KeyMaterial } from "./port.ts";

/** RFC 7518 §3.4, §3.5; RFC 8037 §3.1. */
const verifications = {
  ES256: (data: Uint8Array, key: KeyObject, signature: Uint8Array) =>
    signature.length === 64 && verify("sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature),
  EdDSA: (data: Uint8Array, key: KeyObject, signature: Uint8Array) =>
    signature.length === 64 && verify(null, data, key, signature),
  RS256: (data: Uint8Array, key: KeyObject, signature: Uint8Array) => verify("sha256", data, key, signature),
  PS256: (data: Uint8Array, key: KeyObject, signature: Uint8Array) =>
    verify("sha256", data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature),
  HS256: (data: Uint8Array, key: KeyObject, signature: Uint8Array) =>
    signature.length === 32 && timingSafeEqual(createHmac("sha256", key).update(data).digest(), signature),
} as const satisfies Record<TokenAlg, (data: Uint8Array, key: KeyObject, signature: Uint8Array) => boolean>;

function fits(alg: TokenAlg, key: KeyObject): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (alg === "HS256") return key.type === "secret";
  if (key.type !== "public") return false;
  if (alg === "ES256") return type === "ec" && details?.namedCurve === "prime256v1";
  if (alg === "EdDSA") return type === "ed25519";
  return type === "rsa" && (details?.modulusLength ?? 0) >= 2048;
}

function toKeyObject(material: KeyMaterial): KeyObject {
  if (material.kind === "secret") return createSecretKey(material.bytes);
  if (material.kind === "spki") return createPublicKey({ key: Buffer.from(material.der), format: "der", type: "spki" });
  return createPublicKey({ key: { ...material.jwk }, format: "jwk" });
}

function handleOf(key: ImportedKey): KeyObject {
  if (key.handle instanceof KeyObject) return key.handle;
  throw new TypeError("a key of another port");
}

/** Over `node:crypto`: every answer is at hand at once. */
export const crypto = {
  importKey(alg, material) {
    if (alg === "HS256" && material.kind !== "secret") return null;
    try {
      const handle = toKeyObject(material);
      return fits(alg, handle) ? { alg, handle } : null;
    } catch {
      return null;
    }
  },
  verify(key, input, signature) {
    const data = typeof input === "string" ? Buffer.from(input, "latin1") : input;
    try {
      return verifications[key.alg](data, handleOf(key), signature);
    } catch {
      return false;
    }
  },
  hmac: (key, input) => createHmac("sha256", handleOf(key)).update(input).digest(),
  sha256: (data) => createHash("sha256").update(data).digest(),
  decodeBase64url(text) {
    // Buffer's decoder forgives everything; what it forgave does not come back as the same text.
    const bytes = Buffer.from(text, "base64url");
    return bytes.toString("base64url") === text ? bytes : null;
  },
  toByteText: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1"),
} as const satisfies CryptoPort;
