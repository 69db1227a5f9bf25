import { createECDH, createPrivateKey, type KeyObject } from "node:crypto";
import { concatBytes, decodeBase64url, encodeBase64url, kidOf, tag, toUtf8 } from "@countersign/protocol";
import { sha256, signEs256, verifyEs256 } from "@countersign/protocol/server";

const prefix = "csk_";

/** The key of a broker that stands alone: a P-256 key whose private half is the credential. */
export interface BrokerKey {
  /** b64u of the first 8 bytes of SHA-256(point). */
  readonly kid: string;
  /** b64u of 65 bytes: all that the service keeps. */
  readonly point: string;
  readonly privateKey: KeyObject;
}

/** The text of a credential of 32 random bytes: `csk_` and b64u. */
export function brokerCredentialOf(secret: Uint8Array): string {
  return prefix + encodeBase64url(secret);
}

/** Reads a credential; null where it is none. */
export function parseBrokerKey(text: string): BrokerKey | null {
  const secret = text.startsWith(prefix) ? decodeBase64url(text.slice(prefix.length), 32) : null;
  if (secret === null) return null;
  const ecdh = createECDH("prime256v1");
  try {
    ecdh.setPrivateKey(secret);
  } catch {
    return null;
  }
  const point = new Uint8Array(ecdh.getPublicKey());
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map(encodeBase64url);
  const jwk = { kty: "EC", crv: "P-256", d: encodeBase64url(secret), x: x ?? "", y: y ?? "" };
  const privateKey = createPrivateKey({ key: jwk, format: "jwk" });
  return { kid: kidOf(sha256, point), point: encodeBase64url(point), privateKey };
}

/** One request over the link, as its signature covers it. */
export interface SignedCall {
  readonly method: string;
  /** As it is sent. */
  readonly path: string;
  readonly atMs: number;
  /** b64u of 16 random bytes. */
  readonly nonce: string;
  /** b64u SHA-256 of the body; of no bytes where there is none. */
  readonly digest: string;
}

function inputOf({ method, path, atMs, nonce, digest }: SignedCall): Uint8Array {
  return concatBytes(tag("broker-link-call"), toUtf8(`${method}\n${path}\n${atMs}\n${nonce}\n${digest}`));
}

/** The header `Countersign-Broker` of a request: who asks, when, and the signature. The credential itself never travels. */
export function signBrokerCall(key: BrokerKey, call: SignedCall): string {
  const signature = encodeBase64url(signEs256(key.privateKey, inputOf(call)));
  return [key.kid, call.atMs, call.nonce, call.digest, signature].join(".");
}

/** What a header says; its signature has not been verified. */
export interface ReceivedBrokerCall {
  readonly kid: string;
  readonly call: SignedCall;
  readonly signature: Uint8Array;
}

const form = /^([A-Za-z0-9_-]{11})\.([1-9][0-9]{0,15})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{86})$/;

/** Reads a header; null for any other text. */
export function parseBrokerCall(
  header: string,
  { method, path }: Pick<SignedCall, "method" | "path">,
): ReceivedBrokerCall | null {
  const [, kid, atMs, nonce = "", digest = "", signed = ""] = form.exec(header) ?? [];
  const signature = decodeBase64url(signed, 64);
  if (kid === undefined || signature === null || decodeBase64url(nonce, 16) === null) return null;
  return { kid, call: { method, path, atMs: Number(atMs), nonce, digest }, signature };
}

/** Whether the key at this point signed it. */
export function verifyBrokerCall({ call, signature }: ReceivedBrokerCall, point: string): boolean {
  const bytes = decodeBase64url(point, 65);
  return bytes !== null && verifyEs256(bytes, inputOf(call), signature);
}
