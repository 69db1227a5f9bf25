import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";

/** A fresh P-256 key pair: the public point as it travels, the private half as PKCS#8 DER for the vault. */
export interface GeneratedKey {
  /** 65 bytes `04 ∥ X ∥ Y`. */
  readonly point: Uint8Array;
  readonly privateKeyDer: Uint8Array;
}

/** Makes a P-256 key pair with the platform's generator. */
export function generateP256Key(): GeneratedKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  return {
    point: new Uint8Array(spki.subarray(spki.length - 65)),
    privateKeyDer: new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })),
  };
}

/** Loads a private key from PKCS#8 DER. Throws a TypeError where it is not a P-256 key. */
export function toPrivateKey(privateKeyDer: Uint8Array): KeyObject {
  const key = createPrivateKey({ key: Buffer.from(privateKeyDer), format: "der", type: "pkcs8" });
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new TypeError("not a P-256 private key");
  }
  return key;
}
