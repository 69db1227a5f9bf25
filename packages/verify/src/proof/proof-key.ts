import { encodeBase64url, toUtf8 } from "@countersign/protocol";
import type { CryptoPort, ImportedKey, PublicJwk } from "../crypto/port.ts";
import { isObject } from "../keys/parse-jwks.ts";

/** An instance's public key as proofs have it. */
export type InstanceJwk = Extract<PublicJwk, { readonly kty: "EC" }>;

const members = ["kty", "crv", "x", "y", "alg", "use", "kid", "key_ops"];

/** A P-256 public key; null for any other key, for a private member and for coordinates that are not 32 bytes. */
export function parseInstanceJwk(crypto: CryptoPort, value: unknown): InstanceJwk | null {
  if (!isObject(value) || Object.keys(value).some((name) => !members.includes(name))) return null;
  const { kty, crv, x, y } = value;
  if (kty !== "EC" || crv !== "P-256" || typeof x !== "string" || typeof y !== "string") return null;
  const lengths = [x, y].map((each) => crypto.decodeBase64url(each)?.length);
  return lengths.every((length) => length === 32) ? { kty, crv, x, y } : null;
}

/** RFC 7638 thumbprint, b64u. */
export async function thumbprintOf(crypto: CryptoPort, { crv, kty, x, y }: InstanceJwk): Promise<string> {
  return encodeBase64url(await crypto.sha256(toUtf8(JSON.stringify({ crv, kty, x, y }))));
}

/** Instance keys that were imported lately, by thumbprint: an instance sends many requests. Public keys alone; bounded. */
export interface ProofKeys {
  /** The key; null where it is not on the curve. */
  import(thumbprint: string, jwk: InstanceJwk): Promise<ImportedKey | null>;
}

const mostHeld = 1024;

export function createProofKeys(crypto: CryptoPort): ProofKeys {
  const held = new Map<string, ImportedKey>();
  return {
    async import(thumbprint, jwk) {
      const known = held.get(thumbprint);
      if (known !== undefined) return known;
      const key = await crypto.importKey("ES256", { kind: "jwk", jwk });
      if (key === null) return null;
      const [oldest] = held.keys();
      if (held.size >= mostHeld && oldest !== undefined) held.delete(oldest);
      held.set(thumbprint, key);
      return key;
    },
  };
}
