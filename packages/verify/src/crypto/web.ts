import { decodeBase64url } from "@countersign/protocol";
import type { TokenAlg } from "../keys/token-alg.ts";
import type { CryptoPort, ImportedKey, KeyMaterial } from "./port.ts";

/** RFC 7518 §3, RFC 8037 §3.1, in the words of WebCrypto. */
const algorithms = {
  HS256: { import: { name: "HMAC", hash: "SHA-256" }, verify: { name: "HMAC" } },
  ES256: { import: { name: "ECDSA", namedCurve: "P-256" }, verify: { name: "ECDSA", hash: "SHA-256" } },
  EdDSA: { import: { name: "Ed25519" }, verify: { name: "Ed25519" } },
  RS256: { import: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, verify: { name: "RSASSA-PKCS1-v1_5" } },
  PS256: { import: { name: "RSA-PSS", hash: "SHA-256" }, verify: { name: "RSA-PSS", saltLength: 32 } },
} as const satisfies Record<TokenAlg, object>;

/** In characters of base64url. */
const signatureLengths: Readonly<Partial<Record<TokenAlg, number>>> = { HS256: 43, ES256: 86, EdDSA: 86 };

const { subtle } = globalThis.crypto;

/** WebCrypto takes views of its own memory alone, which every view here is. */
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

function importMaterial(alg: TokenAlg, material: KeyMaterial): Promise<CryptoKey> {
  const parameters = algorithms[alg].import;
  // An HMAC key may also make a MAC: the verifier's own nonces need it.
  if (material.kind === "secret")
    return subtle.importKey("raw", own(material.bytes), parameters, false, ["sign", "verify"]);
  if (material.kind === "spki") return subtle.importKey("spki", own(material.der), parameters, false, ["verify"]);
  return subtle.importKey("jwk", { ...material.jwk }, parameters, false, ["verify"]);
}

/** Bits of an RSA modulus; null for a key of another kind. */
function modulusOf({ algorithm }: CryptoKey): number | null {
  return "modulusLength" in algorithm && typeof algorithm.modulusLength === "number" ? algorithm.modulusLength : null;
}

function handleOf(key: ImportedKey): CryptoKey {
  if (key.handle instanceof CryptoKey) return key.handle;
  throw new TypeError("a key of another port");
}

function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** Over WebCrypto, for workers: every answer is a promise. */
export const crypto = {
  async importKey(alg, material) {
    if ((alg === "HS256") !== (material.kind === "secret")) return null;
    try {
      const handle = await importMaterial(alg, material);
      return (modulusOf(handle) ?? 2048) >= 2048 ? { alg, handle } : null;
    } catch {
      return null;
    }
  },
  async verify(key, input, signature) {
    const length = signatureLengths[key.alg];
    const bytes = decodeBase64url(signature);
    if (bytes === null || (length !== undefined && signature.length !== length)) return false;
    const data = typeof input === "string" ? toBytes(input) : own(input);
    try {
      const handle = handleOf(key);
      // RFC 8017 §8.1.2 and §8.2.2, step 1: as long as the modulus. Some libraries also take one whose leading zero was cut off.
      if (bytes.length * 8 !== (modulusOf(handle) ?? bytes.length * 8)) return false;
      return await subtle.verify(algorithms[key.alg].verify, handle, own(bytes), data);
    } catch {
      return false;
    }
  },
  hmac: async (key, input) => new Uint8Array(await subtle.sign("HMAC", handleOf(key), own(input))),
  sha256: async (data) => new Uint8Array(await subtle.digest("SHA-256", own(data))),
  decodeBase64url: (text) => decodeBase64url(text),
  decodeToByteText: (text) => atob(text.replaceAll("-", "+").replaceAll("_", "/")),
} as const satisfies CryptoPort;
