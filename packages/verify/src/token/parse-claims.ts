import { parseStrictJson } from "@countersign/protocol";
import type { CryptoPort } from "../crypto/port.ts";
import { isObject } from "../keys/parse-jwks.ts";

export type Claims = Readonly<Record<string, unknown>>;

const mostBytes = 8192;
const mostDepth = 8;
const plain = /^[ -[\]-~]*$/;

/** No number past 2^53-1 and no nesting past 8, as the strict parser has it. */
function isWithin(value: unknown, depth: number): boolean {
  if (typeof value === "number") return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  if (typeof value !== "object" || value === null) return true;
  if (depth >= mostDepth) return false;
  for (const each of Object.values(value)) {
    if (typeof each !== "string" && !isWithin(each, depth + 1)) return false;
  }
  return true;
}

/**
 * A text that JSON.stringify gives back letter by letter has no member twice (the second would be gone), no white space and no other
 * spelling of anything. ASCII without an escape has no surrogate either: nothing is left that the strict parser would refuse.
 */
function isCanonical(text: string, value: unknown): boolean {
  return JSON.stringify(value) === text && plain.test(text) && isWithin(value, 0);
}

function parseQuickly(text: string): Claims | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && isCanonical(text, value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * The claims of a payload (canonical base64url) whose signature verified: one I-JSON object (RFC 7493) without repeated members. Null for
 * anything else. What our own minter writes is read by the platform's parser; whatever is spelled otherwise by the strict one.
 */
export function parseClaims(crypto: CryptoPort, payload: string): Claims | null {
  const quick = parseQuickly(crypto.decodeToByteText(payload));
  if (quick !== null) return quick;
  const bytes = crypto.decodeBase64url(payload);
  const strict = bytes === null ? null : parseStrictJson(bytes, { maxBytes: mostBytes });
  return strict?.ok === true && isObject(strict.value) ? strict.value : null;
}
