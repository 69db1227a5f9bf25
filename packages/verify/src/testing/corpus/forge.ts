import { createHash, createHmac, constants as cryptoConstants, type KeyObject, randomBytes, sign } from "node:crypto";
import type { CorpusRequest } from "./case.ts";
import { type CorpusKey, issuer, keys, now, secrets } from "./world.ts";

export type Signer = (input: Buffer) => Uint8Array;
type Part = object | string | Uint8Array;

export const b64u = (data: string | Uint8Array): string => Buffer.from(data).toString("base64url");
export const sha256 = (data: string | Uint8Array): Buffer => createHash("sha256").update(data).digest();
export const random = (bytes = 16): string => randomBytes(bytes).toString("base64url");

/** A text goes as it is, an object as its JSON: so that a part can be anything. */
export const segment = (part: Part): string =>
  b64u(typeof part === "string" || part instanceof Uint8Array ? part : JSON.stringify(part));

export function compact(header: Part, payload: Part, signer: Signer): string {
  const input = `${segment(header)}.${segment(payload)}`;
  return `${input}.${b64u(signer(Buffer.from(input)))}`;
}

export const hmac =
  (secret: string | Uint8Array, hash = "sha256"): Signer =>
  (input) =>
    createHmac(hash, secret).update(input).digest();

export const ecdsa =
  (key: KeyObject, hash = "sha256"): Signer =>
  (input) =>
    sign(hash, input, { key, dsaEncoding: "ieee-p1363" });

const pss = { padding: cryptoConstants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };

/** What signs as the key's algorithm says. */
export function signerOf({ alg, privateKey }: Pick<CorpusKey, "alg" | "privateKey">): Signer {
  if (alg === "EdDSA") return (input) => sign(null, input, privateKey);
  if (alg === "RS256") return (input) => sign("sha256", input, privateKey);
  if (alg === "PS256") return (input) => sign("sha256", input, { key: privateKey, ...pss });
  return ecdsa(privateKey, alg === "ES384" ? "sha384" : "sha256");
}

/** Claims of a genuine token of this API; `undefined` leaves one out. */
export function claimsOf(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    iss: issuer,
    aud: "photos",
    sub: "c3ViamVjdC1vZi1hcGkxIQ",
    iat: now - 10,
    exp: now + 290,
    jti: random(),
    ...more,
  };
}

/** A token that is genuine but for what is changed. */
export function tokenOf(
  change: {
    readonly key?: CorpusKey;
    readonly header?: Readonly<Record<string, unknown>>;
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly signer?: Signer;
  } = {},
): string {
  const key = change.key ?? keys.es256;
  const header = { alg: key.alg, typ: "JWT", kid: key.kid, ...change.header };
  return compact(header, claimsOf(change.claims), change.signer ?? signerOf(key));
}

/** The same under the shared secret. */
export function secretTokenOf(
  change: {
    readonly secret?: Uint8Array;
    readonly header?: Readonly<Record<string, unknown>>;
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly signer?: Signer;
  } = {},
): string {
  const header = { alg: "HS256", typ: "JWT", kid: "hs-1", ...change.header };
  return compact(header, claimsOf(change.claims), change.signer ?? hmac(change.secret ?? secrets.api));
}

/** A GET that carries these lines. */
export function get(...headers: readonly (readonly [string, string])[]): CorpusRequest {
  return { method: "GET", target: "/v1/photos?day=2026-11-22", headers };
}

export const tokenHeader = "Countersign-Token";

/** A GET that carries this token. */
export const carrying = (token: string, ...more: readonly (readonly [string, string])[]): CorpusRequest =>
  get([tokenHeader, token], ...more);
