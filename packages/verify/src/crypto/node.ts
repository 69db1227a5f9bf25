import { constants, createHash, createHmac, createPublicKey, createSecretKey, KeyObject, verify } from "node:crypto";
import type { TokenAlg } from "../keys/token-alg.ts";
import { isBase64url } from "../token/base64url-text.ts";
import type { CryptoPort, ImportedKey, KeyMaterial } from "./port.ts";

/** Equal texts, in a time that depends on their lengths alone. */
function equalTexts(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}

type Verification = (input: string | Uint8Array, key: KeyObject, signature: string) => boolean;

const toBytes = (input: string | Uint8Array): Uint8Array =>
  typeof input === "string" ? Buffer.from(input, "latin1") : input;
const decode = (text: string): Uint8Array => Buffer.from(text, "base64url");

/** A MAC has one canonical text, so the texts are compared: reading the received one first would cost more than it tells. */
function verifyHs256(input: string | Uint8Array, key: KeyObject, signature: string): boolean {
  const hmac = createHmac("sha256", key);
  const mac = typeof input === "string" ? hmac.update(input, "latin1") : hmac.update(input);
  return equalTexts(mac.digest("base64url"), signature);
}

/** RFC 8017 §8.1.2 and §8.2.2, step 1: as long as the modulus. OpenSSL also takes one whose leading zero was cut off. */
function verifyRsa(input: string | Uint8Array, key: KeyObject, text: string, pss: boolean): boolean {
  const signature = decode(text);
  if (signature.length * 8 !== key.asymmetricKeyDetails?.modulusLength) return false;
  const padding = pss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    : { padding: constants.RSA_PKCS1_PADDING };
  return verify("sha256", toBytes(input), { key, ...padding }, signature);
}

/** RFC 7518 §3.2 to §3.5; RFC 8037 §3.1. 64 bytes are 86 characters. */
const verifications = {
  HS256: verifyHs256,
  ES256: (input, key, signature) =>
    signature.length === 86 && verify("sha256", toBytes(input), { key, dsaEncoding: "ieee-p1363" }, decode(signature)),
  EdDSA: (input, key, signature) => signature.length === 86 && verify(null, toBytes(input), key, decode(signature)),
  RS256: (input, key, signature) => verifyRsa(input, key, signature, false),
  PS256: (input, key, signature) => verifyRsa(input, key, signature, true),
} as const satisfies Record<TokenAlg, Verification>;

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
    try {
      return verifications[key.alg](input, handleOf(key), signature);
    } catch {
      return false;
    }
  },
  hmac: (key, input) => createHmac("sha256", handleOf(key)).update(input).digest(),
  sha256: (data) => createHash("sha256").update(data).digest(),
  decodeBase64url: (text) => (isBase64url(text) ? Buffer.from(text, "base64url") : null),
  decodeToByteText: (text) => Buffer.from(text, "base64url").toString("latin1"),
} as const satisfies CryptoPort;
