import { decodeBase64url } from "./base64url.ts";
import { concatBytes, equalBytes, type Sha256 } from "./bytes.ts";
import type { Configuration, Environment } from "./configuration-string.ts";
import { kidOf } from "./instance-id.ts";
import * as limits from "./limits.ts";
import { invalid, type Parsed } from "./parsed.ts";
import { parseStrictJson } from "./strict-json.ts";
import { tag } from "./tag.ts";
import { readShape, type ValueReader } from "./value-reader.ts";

/** A key list as it travels; every member b64u. */
export interface KeyListEnvelope {
  readonly signed: string;
  /** The root's or recovery root's 65-byte point. */
  readonly point: string;
  readonly signature: string;
}

/** An envelope that was read; the signature has not been verified. */
export interface ReceivedKeyList {
  readonly envelope: KeyListEnvelope;
  readonly signed: Uint8Array;
  readonly point: Uint8Array;
  readonly signature: Uint8Array;
}

export type OnlineKeyUse = "response" | "manifest";

/** The online keys of a project, signed by one of its roots. */
export interface KeyList {
  readonly v: 1;
  readonly project: string;
  readonly environment: Environment;
  readonly version: number;
  readonly manifestEpoch: number;
  /** `kid` is b64u of the first 8 bytes of SHA-256(point). */
  readonly keys: readonly { readonly kid: string; readonly use: OnlineKeyUse; readonly point: string }[];
}

export function readKeyListEnvelope(root: ValueReader): ReceivedKeyList {
  const signed = root.member("signed");
  const point = root.member("point");
  const signature = root.member("signature");
  const bounds = { min: 1, max: limits.keyListBytes };
  return {
    envelope: { signed: signed.bytesText(bounds), point: point.pointText(), signature: signature.bytesText(64) },
    signed: signed.bytes(bounds),
    point: point.point(),
    signature: signature.bytes(64),
  };
}

/** Reads an envelope from its JSON text or an already parsed value. Codes: `too_large`, `malformed`. */
export function parseKeyListEnvelope(input: string | Uint8Array): Parsed<ReceivedKeyList> {
  const json = parseStrictJson(input, { maxBytes: 2 * limits.keyListBytes });
  return json.ok ? readShape(json.value, readKeyListEnvelope, false) : json;
}

function readKeyList(root: ValueReader): KeyList {
  const max = Number.MAX_SAFE_INTEGER;
  return {
    v: 1,
    project: root.member("project").bytesText(16),
    environment: root.member("environment").oneOf(["production", "development"]),
    version: root.member("version").integer(1, max),
    manifestEpoch: root.member("manifestEpoch").integer(0, max),
    keys: root.member("keys").list({ min: 1, max: limits.keyListKeys }, (key) => ({
      kid: key.member("kid").bytesText(8),
      use: key.member("use").oneOf(["response", "manifest"]),
      point: key.member("point").pointText(),
    })),
  };
}

/** Reads the signed bytes. Every `kid` must be its point's and stand once. Codes: `too_large`, `malformed`, `unsupported_version`. */
export function parseKeyList(bytes: Uint8Array, sha256: Sha256): Parsed<KeyList> {
  const json = parseStrictJson(bytes, { maxBytes: limits.keyListBytes });
  if (!json.ok) return json;
  const list = readShape(json.value, readKeyList);
  if (!list.ok) return list;
  const { keys } = list.value;
  if (new Set(keys.map((key) => key.kid)).size !== keys.length) return invalid("malformed", "keys[].kid stands twice");
  for (const key of keys) {
    const point = decodeBase64url(key.point, 65);
    if (point === null || kidOf(sha256, point) !== key.kid)
      return invalid("malformed", "keys[].kid is not its point's");
  }
  return list;
}

/** What a root signs: `tag("keys") ∥ signedBytes`. */
export function keyListInput(signed: Uint8Array): Uint8Array {
  return concatBytes(tag("keys"), signed);
}

/** Which of the two roots a point is; null where it is neither. */
export function rootOf(sha256: Sha256, point: Uint8Array, configuration: Configuration): "root" | "recovery" | null {
  const hash = sha256(point);
  if (equalBytes(hash, configuration.recovery)) return "recovery";
  return equalBytes(hash, configuration.root) ? "root" : null;
}

/** The order of a key list: recovery-signed first, then version. */
export interface KeyListOrder {
  readonly recovery: boolean;
  readonly version: number;
}

/**
 * Negative, zero or positive as `a` is before, equal to or after `b`. A list is taken only if after the held one; so after one
 * recovery-signed list none signed by the root is ever taken again.
 */
export function compareKeyListOrder(a: KeyListOrder, b: KeyListOrder): number {
  if (a.recovery !== b.recovery) return a.recovery ? 1 : -1;
  return Math.sign(a.version - b.version);
}
