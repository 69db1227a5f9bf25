import { CompactEncrypt, type CryptoKey, importJWK } from "jose";
import type { EncryptionJwk, EncryptionKey } from "./encryption-key.ts";

/** Imports by the JWK they were made of, for as long as its holder keeps it. */
const imports = new WeakMap<EncryptionJwk, Promise<CryptoKey | Uint8Array>>();

function importKey({ alg, jwk }: EncryptionKey): Promise<CryptoKey | Uint8Array> {
  const { kid: _, ...members } = jwk;
  const known = imports.get(jwk) ?? importJWK(members, alg);
  imports.set(jwk, known);
  return known;
}

/**
 * A nested JWT (RFC 7519 §5.2): the signed token as the plaintext of a compact JWE with A256GCM, outer header
 * `{alg, enc, cty: "JWT", typ: "JWT", kid?}`. Only a signed token is encrypted: encryption by a public key alone proves no origin. Rejects
 * with a TypeError for anything else, and where the key cannot be used with `alg`.
 */
export async function encryptToken(jws: string, to: EncryptionKey): Promise<string> {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(jws)) throw new TypeError("not a signed token");
  const header = { alg: to.alg, enc: "A256GCM", cty: "JWT", typ: "JWT" };
  return new CompactEncrypt(Buffer.from(jws))
    .setProtectedHeader(to.jwk.kid === undefined ? header : { ...header, kid: to.jwk.kid })
    .encrypt(await importKey(to));
}
