import { createHash, type KeyObject, sign } from "node:crypto";
import { type CoveredRequest, formatSignature, signatureBase } from "@countersign/protocol";
import { calculateJwkThumbprint, exportJWK } from "jose";
import { ecJws, instance, nowSeconds } from "../minting.suite.ts";

export const origin = "https://api.example.com";

const publicJwk = await exportJWK(instance.publicKey);
export const instanceJwk = { kty: "EC", crv: "P-256", x: publicJwk.x ?? "", y: publicJwk.y ?? "" } as const;
export const instanceThumbprint = await calculateJwkThumbprint(instanceJwk);

export const b64uSha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("base64url");

export interface DpopChanges {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject;
}

/** A DPoP proof for `GET /v1/apod` with this token, made by node:crypto alone. */
export function dpopOf(token: string, changes: DpopChanges = {}): string {
  return ecJws(
    { typ: "dpop+jwt", alg: "ES256", jwk: instanceJwk, ...changes.header },
    {
      jti: "e1j3V_bKic8-LAEB",
      htm: "GET",
      htu: `${origin}/v1/apod`,
      iat: nowSeconds,
      ath: b64uSha256(token),
      ...changes.claims,
    },
    changes.key ?? instance.privateKey,
  );
}

export interface SignatureChanges {
  readonly request?: Partial<CoveredRequest>;
  readonly created?: number;
  readonly nonce?: string;
  readonly keyid?: string;
  readonly key?: KeyObject;
}

/** The two headers of an HTTP message signature over `GET /v1/apod?date=today` with this token. */
export function signatureOf(token: string, changes: SignatureChanges = {}): readonly (readonly [string, string])[] {
  const created = changes.created ?? nowSeconds;
  const made = signatureBase(
    {
      method: "GET",
      targetUri: `${origin}/v1/apod?date=today`,
      contentDigest: null,
      header: { name: "countersign-token", value: token },
      ...changes.request,
    },
    {
      created,
      expires: created + 60,
      nonce: changes.nonce ?? "bm9uY2U",
      keyid: changes.keyid ?? instanceThumbprint,
    },
  );
  if (!made.ok) throw new TypeError(made.detail);
  const signature = sign("sha256", made.value.base, {
    key: changes.key ?? instance.privateKey,
    dsaEncoding: "ieee-p1363",
  });
  return [
    ["Signature-Input", made.value.signatureInput],
    ["Signature", formatSignature(signature)],
  ];
}

export const digestOf = (body: Uint8Array): string => `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
