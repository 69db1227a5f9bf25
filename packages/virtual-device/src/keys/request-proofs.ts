import type { NativeKeys } from "@countersign/client";
import { NativeKeyError } from "@countersign/client";
import { base64url, sha256, utf8 } from "../encoding/bytes.ts";
import { type SigningKey, signEs256 } from "./signing-key.ts";

/** The proofs a device makes for requests, each with the header that this code writes: RFC 9449, RFC 9421, draft ABCA. */
export type RequestProofs = Pick<NativeKeys, "dpop" | "httpSignature" | "clientAttestationProof">;

const lifetimeSeconds = 60;

function publicJwk(key: SigningKey): { crv: string; kty: string; x: string; y: string } {
  return { crv: "P-256", kty: "EC", x: base64url(key.point.subarray(1, 33)), y: base64url(key.point.subarray(33, 65)) };
}

/** RFC 7638: members in lexicographic order, no white space. */
function thumbprint(key: SigningKey): string {
  return base64url(sha256(utf8(JSON.stringify(publicJwk(key)))));
}

function compactJws(key: SigningKey, header: object, claims: object): string {
  const input = `${base64url(utf8(JSON.stringify(header)))}.${base64url(utf8(JSON.stringify(claims)))}`;
  return `${input}.${base64url(signEs256(key, utf8(input)))}`;
}

/** A line break or a quote would let the caller write lines or parameters of its own. */
function demandPlain(alias: string, ...values: readonly string[]): void {
  if (values.some((value) => !/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value))) {
    throw new NativeKeyError("unsupported", "a component is not the value of a field", alias);
  }
}

function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

/** The proofs by the instance key that `keyOf` finds under an alias. */
export function createRequestProofs(keyOf: (alias: string) => SigningKey): RequestProofs {
  return {
    dpop: async (alias, { method, url, token, nonce, iat, jti }) => {
      const key = keyOf(alias);
      const { kty, crv, x, y } = publicJwk(key);
      const claims: Record<string, string | number> = { jti, htm: method, htu: withoutQuery(url), iat };
      if (token !== null) claims.ath = base64url(sha256(utf8(token)));
      if (nonce !== undefined) claims.nonce = nonce;
      return compactJws(key, { typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } }, claims);
    },
    httpSignature: async (alias, { method, targetUri, contentDigest, header, created, nonce }) => {
      const key = keyOf(alias);
      const covered = [`"@method": ${method}`, `"@target-uri": ${targetUri}`];
      demandPlain(alias, method, targetUri, nonce);
      if (contentDigest !== null) {
        demandPlain(alias, contentDigest);
        covered.push(`"content-digest": ${contentDigest}`);
      }
      if (header !== null) {
        demandPlain(alias, header.value);
        if (!/^[A-Za-z0-9-]+$/.test(header.name)) throw new NativeKeyError("unsupported", "no such header", alias);
        covered.push(`"${header.name.toLowerCase()}": ${header.value}`);
      }
      if (nonce.includes('"') || nonce.includes("\\")) throw new NativeKeyError("unsupported", "no such nonce", alias);
      const identifiers = covered.map((line) => line.slice(0, line.indexOf('":') + 1)).join(" ");
      const expires = created + lifetimeSeconds;
      const keyid = thumbprint(key);
      const parameters = `(${identifiers});created=${created};expires=${expires};nonce="${nonce}";keyid="${keyid}";tag="countersign"`;
      const signed = signEs256(key, utf8([...covered, `"@signature-params": ${parameters}`].join("\n")));
      return {
        signatureInput: `countersign=${parameters}`,
        signature: `countersign=:${Buffer.from(signed).toString("base64")}:`,
      };
    },
    clientAttestationProof: async (alias, { audience, challenge, iat, jti }) => {
      const claims: Record<string, string | number> = { aud: audience, jti, iat };
      if (challenge !== undefined) claims.challenge = challenge;
      return compactJws(keyOf(alias), { typ: "oauth-client-attestation-pop+jwt", alg: "ES256" }, claims);
    },
  };
}
