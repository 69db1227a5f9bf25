import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import type { TokenAlg } from "./token-alg.ts";

interface CommonMembers {
  readonly use: "sig";
  readonly kid: string;
  /** Seconds since 1970. From then on nothing that this key signed may be accepted. */
  readonly exp?: number;
}

interface EcMembers {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
}

interface OkpMembers {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
}

interface RsaMembers {
  readonly kty: "RSA";
  readonly n: string;
  readonly e: string;
}

/** A public token key as key sets carry it (RFC 7517; RFC 7518 §6.2, §6.3; RFC 8037 §2). */
export type Jwk = CommonMembers &
  (
    | (EcMembers & { readonly alg: "ES256" })
    | (OkpMembers & { readonly alg: "EdDSA" })
    | (RsaMembers & { readonly alg: "RS256" | "PS256" })
  );

export interface Jwks {
  readonly keys: readonly Jwk[];
}

/** RFC 7638 thumbprint of a public key, b64u of SHA-256 over the required members in their order. */
export function thumbprint(members: EcMembers | OkpMembers | RsaMembers): string {
  return createHash("sha256")
    .update(JSON.stringify(requiredMembers(members)))
    .digest("base64url");
}

/** In the order of RFC 7638 §3: of their names, as Unicode sorts them. */
function requiredMembers(members: EcMembers | OkpMembers | RsaMembers): Readonly<Record<string, string>> {
  if (members.kty === "EC") return { crv: members.crv, kty: members.kty, x: members.x, y: members.y };
  if (members.kty === "OKP") return { crv: members.crv, kty: members.kty, x: members.x };
  return { e: members.e, kty: members.kty, n: members.n };
}

/** The public JWK of a private or public key that fits `alg`; its `kid` is its thumbprint. */
export function toJwk(alg: Exclude<TokenAlg, "HS256">, key: KeyObject): Jwk {
  const {
    x = "",
    y = "",
    n = "",
    e = "",
  } = (key.type === "private" ? createPublicKey(key) : key).export({
    format: "jwk",
  });
  if (alg === "ES256") {
    const members = { kty: "EC", crv: "P-256", x, y } as const;
    return { ...members, alg, use: "sig", kid: thumbprint(members) };
  }
  if (alg === "EdDSA") {
    const members = { kty: "OKP", crv: "Ed25519", x } as const;
    return { ...members, alg, use: "sig", kid: thumbprint(members) };
  }
  const members = { kty: "RSA", n, e } as const;
  return { ...members, alg, use: "sig", kid: thumbprint(members) };
}

/**
 * The key set to publish. A secret has no public half and is never in it. Only named members are taken over, so that what does not belong
 * in a public key set cannot travel with a key. `retiresAtMs` becomes `exp`, rounded down.
 */
export function toJwks(keys: readonly { readonly publicJwk: Jwk | null; readonly retiresAtMs: number | null }[]): Jwks {
  return {
    keys: keys.flatMap(({ publicJwk, retiresAtMs }) => {
      if (publicJwk === null) return [];
      if (retiresAtMs !== null && !Number.isSafeInteger(Math.floor(retiresAtMs)))
        throw new TypeError("retiresAtMs is not a time");
      return [
        { ...publicMembers(publicJwk), ...(retiresAtMs === null ? {} : { exp: Math.floor(retiresAtMs / 1000) }) },
      ];
    }),
  };
}

function publicMembers(jwk: Jwk): Jwk {
  const common = { use: "sig", kid: jwk.kid } as const;
  switch (jwk.kty) {
    case "EC":
      return { kty: "EC", crv: jwk.crv, x: jwk.x, y: jwk.y, alg: jwk.alg, ...common };
    case "OKP":
      return { kty: "OKP", crv: jwk.crv, x: jwk.x, alg: jwk.alg, ...common };
    case "RSA":
      return { kty: "RSA", n: jwk.n, e: jwk.e, alg: jwk.alg, ...common };
    default:
      throw new TypeError("not a public token key");
  }
}

/** SubjectPublicKeyInfo in PEM (RFC 7468 §13), with a line feed at the end. */
export function toPem(publicJwk: Jwk): string {
  const key = createPublicKey({ key: { ...publicMembers(publicJwk) }, format: "jwk" });
  return key.export({ format: "pem", type: "spki" }).toString();
}
