import { createCipheriv, type KeyObject, sign } from "node:crypto";
import { base64url, utf8 } from "../encoding/bytes.ts";

/** What a classic token is made with. */
export interface ClassicTokenKeys {
  /** AES-256. */
  readonly encryption: Uint8Array;
  /** Google's P-256 private key. */
  readonly signing: KeyObject;
}

/** Fresh bytes for content key (32) and initialization vector (12). */
export interface ClassicTokenRandomness {
  readonly contentKey: Uint8Array;
  readonly vector: Uint8Array;
}

/** A classic token around `payload`: compact JWE (A256KW, A256GCM; RFC 7516) around compact JWS (ES256; RFC 7515). */
export function makeClassicToken(
  payload: string,
  keys: ClassicTokenKeys,
  { contentKey, vector }: ClassicTokenRandomness,
): string {
  const header = encode({ alg: "A256KW", enc: "A256GCM" });
  const wrap = createCipheriv("id-aes256-wrap", keys.encryption, Buffer.alloc(8, 0xa6));
  const encryptedKey = Buffer.concat([wrap.update(contentKey), wrap.final()]);
  const cipher = createCipheriv("aes-256-gcm", contentKey, vector);
  cipher.setAAD(utf8(header));
  const ciphertext = Buffer.concat([cipher.update(makeSignedPayload(payload, keys.signing)), cipher.final()]);
  return [header, ...[encryptedKey, vector, ciphertext, cipher.getAuthTag()].map(base64url)].join(".");
}

function makeSignedPayload(payload: string, key: KeyObject): string {
  const input = `${encode({ alg: "ES256" })}.${base64url(utf8(payload))}`;
  return `${input}.${base64url(sign("sha256", utf8(input), { key, dsaEncoding: "ieee-p1363" }))}`;
}

function encode(header: object): string {
  return base64url(utf8(JSON.stringify(header)));
}
