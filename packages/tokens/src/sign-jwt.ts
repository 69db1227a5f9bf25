import type { KeyObject } from "node:crypto";
import { algorithms } from "./token-alg.ts";
import type { TokenKey } from "./token-key.ts";

interface Header {
  readonly alg: string;
  readonly kid: string;
  readonly typ: string;
  readonly segment: string;
}

/** A key signs the same header over and over; the last one of each key is kept as long as the key is. */
const headers = new WeakMap<KeyObject, Header>();

function headerSegment({ alg, kid, key }: TokenKey, typ: string): string {
  const kept = headers.get(key);
  if (kept !== undefined && kept.alg === alg && kept.kid === kid && kept.typ === typ) return kept.segment;
  const segment = Buffer.from(JSON.stringify({ alg, typ, kid })).toString("base64url");
  headers.set(key, { alg, kid, typ, segment });
  return segment;
}

/**
 * A compact JWS (RFC 7515 §7.1) of the payload's JSON text, header `{alg, typ, kid}`. Synchronous. A key that does not fit its algorithm,
 * and a payload without JSON text, is a TypeError.
 */
export function signJwt(key: TokenKey, payload: object, typ = "JWT"): string {
  const algorithm = algorithms[key.alg];
  if (!algorithm.fits(key.key)) throw new TypeError(`not a key for ${key.alg}`);
  const text = JSON.stringify(payload);
  if (!text.startsWith("{")) throw new TypeError("a payload is a JSON object");
  const input = `${headerSegment(key, typ)}.${Buffer.from(text).toString("base64url")}`;
  return `${input}.${algorithm.sign(key.key, Buffer.from(input)).toString("base64url")}`;
}
