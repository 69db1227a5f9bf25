import type { KeyObject } from "node:crypto";
import { type Algorithm, algorithms } from "./token-alg.ts";
import type { TokenKey } from "./token-key.ts";

interface Signer {
  readonly alg: string;
  readonly kid: string;
  readonly typ: string;
  readonly algorithm: Algorithm;
  /** The encoded header. */
  readonly header: string;
}

/** A key signs the same header over and over; the last one of each key is kept as long as the key is. */
const signers = new WeakMap<KeyObject, Signer>();

function signerOf({ alg, kid, key }: TokenKey, typ: string): Signer {
  const kept = signers.get(key);
  if (kept !== undefined && kept.alg === alg && kept.kid === kid && kept.typ === typ) return kept;
  const algorithm = algorithms[alg];
  if (!algorithm.fits(key)) throw new TypeError(`not a key for ${alg}`);
  const header = Buffer.from(JSON.stringify({ alg, typ, kid })).toString("base64url");
  const signer = { alg, kid, typ, algorithm, header };
  signers.set(key, signer);
  return signer;
}

/**
 * A compact JWS (RFC 7515 §7.1) of the payload's JSON text, header `{alg, typ, kid}`. Synchronous. A key that does not fit its algorithm,
 * and a payload that is no JSON object, is a TypeError.
 */
export function signJwt(key: TokenKey, payload: object, typ = "JWT"): string {
  const { algorithm, header } = signerOf(key, typ);
  const text: string | undefined = JSON.stringify(payload);
  if (text?.startsWith("{") !== true) throw new TypeError("a payload is a JSON object");
  const input = `${header}.${Buffer.from(text).toString("base64url")}`;
  return `${input}.${algorithm.sign(key.key, Buffer.from(input, "latin1")).toString("base64url")}`;
}
