import { constants, createHash, createPublicKey, KeyObject, verify } from "node:crypto";
import type { PublicAlg } from "../keys/token-alg.ts";
import { isBase64url } from "../token/base64url-text.ts";
import { HmacKey } from "./hmac-key.ts";
import type { CryptoPort, ImportedKey, KeyMaterial } from "./port.ts";

/** Equal texts, in a time that depends on their lengths alone. */
function equalTexts(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}

const toBytes = (input: string | Uint8Array): Uint8Array =>
  typeof input === "string" ? Buffer.from(input, "latin1") : input;
const decode = (text: string): Uint8Array => Buffer.from(text, "base64url");

/** RFC 8017 §8.1.2 and §8.2.2, step 1: as long as the modulus. OpenSSL also takes one whose leading zero was cut off. */
function verifyRsa(input: string | Uint8Array, key: KeyObject, text: string, pss: boolean): boolean {
  const signature = decode(text);
  if (signature.length * 8 !== key.asymmetricKeyDetails?.modulusLength) return false;
  const padding = pss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    : { padding: constants.RSA_PKCS1_PADDING };
  return verify("sha256", toBytes(input), { key, ...padding }, signature);
}

/** RFC 7518 §3.3 to §3.5; RFC 8037 §3.1. 64 bytes are 86 characters. */
const verifications = {
  ES256: (input, key, signature) =>
    signature.length === 86 && verify("sha256", toBytes(input), { key, dsaEncoding: "ieee-p1363" }, decode(signature)),
  EdDSA: (input, key, signature) => signature.length === 86 && verify(null, toBytes(input), key, decode(signature)),
  RS256: (input, key, signature) => verifyRsa(input, key, signature, false),
  PS256: (input, key, signature) => verifyRsa(input, key, signature, true),
} as const satisfies Record<PublicAlg, (input: string | Uint8Array, key: KeyObject, signature: string) => boolean>;

function fits(alg: PublicAlg, key: KeyObject): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (key.type !== "public") return false;
  if (alg === "ES256") return type === "ec" && details?.namedCurve === "prime256v1";
  if (alg === "EdDSA") return type === "ed25519";
  return type === "rsa" && (details?.modulusLength ?? 0) >= 2048;
}

function toKeyObject(material: Exclude<KeyMaterial, { readonly kind: "secret" }>): KeyObject {
  if (material.kind === "spki") return createPublicKey({ key: Buffer.from(material.der), format: "der", type: "spki" });
  return createPublicKey({ key: { ...material.jwk }, format: "jwk" });
}

/** A MAC has one canonical text, so the texts are compared: reading the received one first would cost more than it tells. */
function verifyWith({ alg, handle }: ImportedKey, input: string | Uint8Array, signature: string): boolean {
  if (alg === "HS256") return handle instanceof HmacKey && equalTexts(handle.mac(input), signature);
  return handle instanceof KeyObject && verifications[alg](input, handle, signature);
}

/** Over `node:crypto`: every answer is at hand at once. */
export const crypto = {
  importKey(alg, material) {
    if (alg === "HS256") return material.kind === "secret" ? { alg, handle: new HmacKey(material.bytes) } : null;
    if (material.kind === "secret") return null;
    try {
      const handle = toKeyObject(material);
      return fits(alg, handle) ? { alg, handle } : null;
    } catch {
      return null;
    }
  },
  verify(key, input, signature) {
    try {
      return verifyWith(key, input, signature);
    } catch {
      return false;
    }
  },
  hmac({ handle }, input) {
    if (handle instanceof HmacKey) return Buffer.from(handle.mac(input), "base64url");
    throw new TypeError("not a key of HS256");
  },
  sha256: (data) => createHash("sha256").update(data).digest(),
  decodeBase64url: (text) => (isBase64url(text) ? Buffer.from(text, "base64url") : null),
  decodeToByteText: (text) => Buffer.from(text, "base64url").toString("latin1"),
} as const satisfies CryptoPort;
