import { createPublicKey, type KeyObject } from "node:crypto";
import { parseStrictJson } from "@countersign/protocol";

/** How the content key is wrapped (RFC 7518 §4.3, §4.6); the key's type decides. */
export type EncryptionAlg = "RSA-OAEP-256" | "ECDH-ES+A256KW";

/** A recipient's public key, nothing but its public members (RFC 7518 §6). `kid` where its owner gave one. */
export type EncryptionJwk = { readonly kid?: string } & (
  | { readonly kty: "RSA"; readonly n: string; readonly e: string }
  | { readonly kty: "EC"; readonly crv: "P-256" | "P-384" | "P-521"; readonly x: string; readonly y: string }
);

export interface EncryptionKey {
  readonly alg: EncryptionAlg;
  readonly jwk: EncryptionJwk;
}

export type EncryptionKeyResult =
  | ({ readonly ok: true } & EncryptionKey)
  | { readonly ok: false; readonly detail: string };

const maxBytes = 16_384;
const pemForm = /^-----BEGIN PUBLIC KEY-----\r?\n[A-Za-z0-9+/=\r\n]+-----END PUBLIC KEY-----$/;
/** RFC 7518 §6.2.2, §6.3.2, §6.4.1: what only the owner may have. */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/** By the names OpenSSL gives them. */
const curves: ReadonlyMap<string, "P-256" | "P-384" | "P-521"> = new Map([
  ["prime256v1", "P-256"],
  ["secp384r1", "P-384"],
  ["secp521r1", "P-521"],
]);
const encryptionOperations = ["encrypt", "wrapKey", "deriveKey", "deriveBits"];

/**
 * The public key that an operator hands in to have tokens encrypted to: SubjectPublicKeyInfo in PEM, or a JWK. RSA of 2048 to 8192 bits, or
 * EC on P-256, P-384 or P-521. A private key is refused, so that none is stored by mistake; `detail` never repeats the text.
 */
export function parseEncryptionKey(text: string): EncryptionKeyResult {
  if (text.length > maxBytes) return refused("the key is too large");
  const trimmed = text.trim();
  return trimmed.startsWith("{") ? parseJwk(trimmed) : parsePem(trimmed);
}

function parsePem(text: string): EncryptionKeyResult {
  if (text.includes("PRIVATE KEY")) return refused("this is a private key: hand in its public half");
  if (!pemForm.test(text)) return refused("neither a JWK nor a PEM of type PUBLIC KEY");
  return toEncryptionKey(readKey(() => createPublicKey({ key: text, format: "pem" })));
}

function parseJwk(text: string): EncryptionKeyResult {
  const read = parseStrictJson(text, { maxBytes });
  if (!read.ok) return refused("the JWK is not JSON");
  const jwk = read.value as Readonly<Record<string, unknown>>;
  if (privateMembers.some((name) => Object.hasOwn(jwk, name)))
    return refused("this JWK is private or secret: hand in the public one");
  const { kty, crv, x, y, n, e, kid, use, alg, key_ops: operations } = jwk;
  if (use !== undefined && use !== "enc") return refused("the JWK is not for encryption (use)");
  if (operations !== undefined && !isForEncryption(operations))
    return refused("the JWK is not for encryption (key_ops)");
  if (kid !== undefined && !isKid(kid)) return refused("kid must be a text of 1 to 256 characters");
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  if (members.some(([, value]) => typeof value !== "string")) return refused("the JWK is malformed");
  const key = readKey(() => createPublicKey({ key: Object.fromEntries(members), format: "jwk" }));
  const result = toEncryptionKey(key, kid);
  if (result.ok && alg !== undefined && alg !== result.alg) return refused(`alg of the JWK must be ${result.alg}`);
  return result;
}

function isForEncryption(operations: unknown): boolean {
  return (
    Array.isArray(operations) &&
    operations.length > 0 &&
    operations.every((operation: unknown) => encryptionOperations.some((known) => known === operation))
  );
}

function isKid(kid: unknown): kid is string {
  return typeof kid === "string" && kid.length >= 1 && kid.length <= 256;
}

/** Points off the curve and impossible numbers fail in the import. */
function readKey(read: () => KeyObject): KeyObject | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** Types are told apart before the export, which knows fewer of them than the import. */
function toEncryptionKey(key: KeyObject | null, kid?: string): EncryptionKeyResult {
  const named = kid === undefined ? {} : { kid };
  const { modulusLength = 0, publicExponent = 0n, namedCurve = "" } = key?.asymmetricKeyDetails ?? {};
  if (key?.asymmetricKeyType === "rsa") {
    if (modulusLength < 2048 || modulusLength > 8192) return refused("an RSA key must have 2048 to 8192 bits");
    if (publicExponent < 65537n || publicExponent % 2n === 0n) return refused("the RSA exponent must be 65537 or more");
    const { n = "", e = "" } = key.export({ format: "jwk" });
    return { ok: true, alg: "RSA-OAEP-256", jwk: { ...named, kty: "RSA", n, e } };
  }
  const crv = curves.get(namedCurve);
  if (key?.asymmetricKeyType !== "ec" || crv === undefined)
    return refused("the key must be RSA, or EC on P-256, P-384 or P-521");
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return { ok: true, alg: "ECDH-ES+A256KW", jwk: { ...named, kty: "EC", crv, x, y } };
}

function refused(detail: string): EncryptionKeyResult {
  return { ok: false, detail };
}
