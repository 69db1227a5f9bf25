/** Opens encrypted tokens (RFC 7516). The one part of this package that rests on a library. */
import { type CryptoKey, compactDecrypt, decodeProtectedHeader, importJWK, importPKCS8, type JWK } from "jose";
import { isBase64url } from "../token/base64url-text.ts";
import type { TokenDecryption } from "../verifier-options.ts";

export interface DecryptionKey {
  /** How the API's tokens are encrypted to this key; the content is A256GCM always. */
  readonly alg: "RSA-OAEP-256" | "ECDH-ES+A256KW";
  /** The private key: PKCS#8 in PEM, or a JWK. */
  readonly key: string | Readonly<Record<string, unknown>>;
  /** Default: the key stands for tokens of any `kid` and of none. */
  readonly kid?: string;
}

interface HeldKey {
  readonly alg: string;
  readonly kid: string | null;
  readonly key: Promise<CryptoKey | Uint8Array | null>;
}

const enc = "A256GCM";
const members = ["alg", "enc", "typ", "cty", "kid", "epk"];
const mostKeys = 8;

function load({ alg, key }: DecryptionKey): Promise<CryptoKey | Uint8Array | null> {
  const loading = typeof key === "string" ? importPKCS8(key, alg) : importJWK(key as JWK, alg);
  return loading.catch(() => null);
}

/** The header's algorithm and key, where it is the one form that tokens are encrypted in: a signed token (RFC 7519 §5.2) and no more. */
function readHeader(jwe: string): { readonly alg: string; readonly kid: string | null } | null {
  if (!jwe.split(".").every(isBase64url)) return null;
  const header = decodeProtectedHeader(jwe);
  if (Object.keys(header).some((name) => !members.includes(name))) return null;
  if (header.enc !== enc || header.typ !== "JWT" || header.cty !== "JWT" || typeof header.alg !== "string") return null;
  return { alg: header.alg, kid: header.kid ?? null };
}

/**
 * Opens tokens that were encrypted to one of these keys; while a key is exchanged, give the old and the new one. A key is used for its own
 * algorithm alone, whatever a token says. Throws a TypeError for none, or more than 8.
 */
export function tokenDecryption(keys: readonly DecryptionKey[]): TokenDecryption {
  if (keys.length === 0 || keys.length > mostKeys) throw new TypeError("there are 1 to 8 keys");
  const held: HeldKey[] = keys.map((each) => ({ alg: each.alg, kid: each.kid ?? null, key: load(each) }));

  async function openWith({ alg, key }: HeldKey, jwe: string): Promise<string | null> {
    const imported = await key;
    if (imported === null) return null;
    const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] };
    const { plaintext } = await compactDecrypt(jwe, imported, options);
    return new TextDecoder("utf-8", { fatal: true }).decode(plaintext);
  }

  return {
    async decrypt(jwe) {
      try {
        const header = readHeader(jwe);
        if (header === null) return null;
        for (const each of held) {
          if (each.alg !== header.alg || (each.kid !== null && header.kid !== null && each.kid !== header.kid))
            continue;
          const inner = await openWith(each, jwe).catch(() => null);
          if (inner !== null) return inner;
        }
        return null;
      } catch {
        return null;
      }
    },
  };
}
