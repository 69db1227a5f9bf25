import { constants, createHmac, type KeyObject, timingSafeEqual, verify } from "node:crypto";
import type { TokenAlg } from "@countersign/tokens";

/** A key whose signatures are accepted. It is for one algorithm, whatever a token says of itself. */
export interface VerificationKey {
  readonly kid: string;
  readonly alg: TokenAlg;
  /** A secret for HS256; else the public key, or the private one it is part of. */
  readonly key: KeyObject;
}

type Check = (key: KeyObject, input: Uint8Array, signature: Uint8Array) => boolean;

/** RFC 8017 §8.1.2 and §8.2.2, step 1: as long as the modulus. OpenSSL also takes one whose leading zero was cut off. */
function isRsaOfLength(key: KeyObject, signature: Uint8Array): boolean {
  return key.asymmetricKeyType === "rsa" && signature.length * 8 === key.asymmetricKeyDetails?.modulusLength;
}

/** RFC 7518 §3 and RFC 8037 §3.1. Each row refuses a key that is not of its algorithm. */
const checks: Readonly<Record<TokenAlg, Check>> = {
  HS256: (key, input, signature) => {
    if (key.type !== "secret") return false;
    const expected = createHmac("sha256", key).update(input).digest();
    return signature.length === expected.length && timingSafeEqual(expected, signature);
  },
  ES256: (key, input, signature) =>
    key.asymmetricKeyType === "ec" &&
    signature.length === 64 &&
    verify("sha256", input, { key, dsaEncoding: "ieee-p1363" }, signature),
  EdDSA: (key, input, signature) => key.asymmetricKeyType === "ed25519" && verify(null, input, key, signature),
  RS256: (key, input, signature) =>
    isRsaOfLength(key, signature) && verify("sha256", input, { key, padding: constants.RSA_PKCS1_PADDING }, signature),
  PS256: (key, input, signature) =>
    isRsaOfLength(key, signature) &&
    verify("sha256", input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature),
};

/** True where `signature` is the key's over `input`. Nothing is thrown. */
export function verifySignature({ alg, key }: VerificationKey, input: Uint8Array, signature: Uint8Array): boolean {
  try {
    return checks[alg](key, input, signature);
  } catch {
    return false;
  }
}
