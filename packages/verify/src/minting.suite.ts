import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { crypto as node } from "./crypto/node.ts";
import { crypto as web } from "./crypto/web.ts";
import { openVerifier } from "./open-verifier.ts";
import type { RequestView } from "./request-view.ts";
import type { Verification } from "./verification.ts";
import type { VerifierOptions } from "./verifier-options.ts";

/** Both ports: every guarantee holds over each of them. */
export const ports = [
  ["node:crypto", node],
  ["WebCrypto", web],
] as const;

export type Port = (typeof ports)[number][1];

export const nowMs = Date.UTC(2026, 10, 22, 12);
export const nowSeconds = nowMs / 1000;
export const issuer = "https://attest.example.com/p/AAAAAAAAAAAAAAAAAAAAAA";
export const secret = Buffer.alloc(32, 7);
export const decoySecret = Buffer.alloc(32, 9);

export const instance = generateKeyPairSync("ec", { namedCurve: "P-256" });
export const otherInstance = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** Claims of an instance token as the service mints them. A member set to undefined is left out. */
export function claimsOf(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    iss: issuer,
    aud: "nasa",
    sub: "AAAAAAAAAAAAAAAAAAAAAA",
    iat: nowSeconds - 10,
    exp: nowSeconds + 290,
    jti: "BwcHBwcHBwcHBwcHBwcHBw",
    ...changes,
  };
}

export const segmentOf = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A JWS whose header and payload are texts or values, signed by HMAC. */
export function macJws(header: unknown, payload: unknown, key: Uint8Array = secret): string {
  const input = `${segmentOf(header)}.${segmentOf(payload)}`;
  return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
}

/** The same, by ECDSA over P-256. */
export function ecJws(header: unknown, payload: unknown, key: KeyObject): string {
  const input = `${segmentOf(header)}.${segmentOf(payload)}`;
  const signature = sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

export const header = { alg: "HS256", typ: "JWT", kid: "k1" };

export const tokenOf = (changes: Readonly<Record<string, unknown>> = {}): string => macJws(header, claimsOf(changes));

/** What one verifier says of one token. */
export function judge(port: Port, options: VerifierOptions, token: string): Promise<Verification> {
  return openVerifier(port, { nowMs: () => nowMs, ...options }).verifyToken(token);
}

export const viewOf = (
  headers: readonly (readonly [string, string])[],
  other: Partial<RequestView> = {},
): RequestView => ({
  method: "GET",
  url: "/v1/apod?date=today",
  headers,
  ...other,
});

/** The reason of a refusal; `ok` where there is none. */
export const reasonOf = (verification: Verification): string => (verification.ok ? "ok" : verification.reason);
