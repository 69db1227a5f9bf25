import { createPublicKey, type KeyObject, randomBytes } from "node:crypto";
import { generateTokenKey, issuerOf, type MintInput, mintToken, type TokenKey } from "@countersign/tokens";

export const issuer = issuerOf("https://attest.example.com", "gallery", "production");
export const audience = "gallery-api";

/** Algorithms that are measured. */
export type MeasuredAlg = "HS256" | "ES256" | "RS256" | "EdDSA";

/** A key in the forms in which libraries take it, and tokens that it signed. */
export interface Material {
  readonly alg: MeasuredAlg;
  readonly key: TokenKey;
  /** For HS256 the secret itself. */
  readonly publicKey: KeyObject;
  readonly publicPem: string;
  readonly privatePem: string;
  readonly secret: Buffer;
  /** As many as no library would hold; no two alike. */
  readonly tokens: readonly string[];
}

/** What a token is minted from, a new one for each. */
export function mintInput(key: TokenKey): MintInput {
  const nowMs = Date.now();
  return {
    key,
    profile: "countersign",
    issuer,
    audience,
    subject: randomBytes(16).toString("base64url"),
    did: null,
    app: "gallery",
    ip: null,
    firebase: null,
    issuedAtMs: nowMs,
    lifetimeSeconds: 300,
    endsAtMs: nowMs + 3_600_000,
    jti: randomBytes(16),
    bind: randomBytes(32),
  };
}

/** Of 300 s, the longest there are: a run that takes longer stops with an error. */
export async function makeMaterial(alg: MeasuredAlg): Promise<Material> {
  const key = await generateTokenKey(alg);
  const symmetric = alg === "HS256";
  const publicKey = symmetric ? key.key : createPublicKey(key.key);
  return {
    alg,
    key,
    publicKey,
    publicPem: symmetric ? "" : publicKey.export({ format: "pem", type: "spki" }).toString(),
    privatePem: symmetric ? "" : key.key.export({ format: "pem", type: "pkcs8" }).toString(),
    secret: symmetric ? Buffer.from(key.material) : Buffer.alloc(0),
    tokens: Array.from({ length: 200 }, () => mintToken(mintInput(key))),
  };
}

/** Hands out the tokens one by one, and begins again. */
export function inTurn<T>(values: readonly T[]): () => T {
  let next = 0;
  return () => {
    const value = values[next % values.length];
    next += 1;
    if (value === undefined) throw new Error("nothing to hand out");
    return value;
  };
}
