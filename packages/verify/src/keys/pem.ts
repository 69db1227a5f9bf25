import { decodeBase64 } from "@countersign/protocol";
import { fixedKeys } from "./key-entry.ts";
import type { KeySource } from "./key-source.ts";
import type { PublicAlg } from "./token-alg.ts";

export interface PemKey {
  /** SPKI: `-----BEGIN PUBLIC KEY-----`. */
  readonly pem: string;
  readonly alg: PublicAlg;
  /** Default: the key stands for tokens of any `kid` and of none. */
  readonly kid?: string;
}

const spki = /^\s*-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END PUBLIC KEY-----\s*$/;

/** One public key in PEM. Throws a TypeError where it is none, or not of the algorithm. */
export function pem(key: PemKey): KeySource {
  const der = decodeBase64((spki.exec(key.pem)?.[1] ?? "?").replaceAll(/\s/g, ""));
  if (der === null) throw new TypeError("not a public key in PEM");
  return fixedKeys(
    [{ kid: key.kid ?? null, alg: key.alg, material: { kind: "spki", der }, expiresAtSeconds: null }],
    1,
  );
}
