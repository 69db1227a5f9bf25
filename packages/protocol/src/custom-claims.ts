import * as limits from "./limits.ts";
import { invalid, type Parsed, parsed } from "./parsed.ts";
import { parseStrictJson } from "./strict-json.ts";
import { toUtf8 } from "./utf8.ts";

/** What an app has said in the member `custom` of a token: any JSON object within the bounds. */
export type CustomClaims = Readonly<Record<string, unknown>>;

function holdsProto(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(holdsProto);
}

/**
 * Reads custom claims from their JSON text: an object, at most 1 KiB of UTF-8 (as it came, and as it is written anew) and 4 levels deep, no member `__proto__` (some parsers of
 * backends take it for the prototype). Codes: `too_large`, `malformed`.
 */
export function parseCustomClaims(text: string): Parsed<CustomClaims> {
  const json = parseStrictJson(text, { maxBytes: limits.customClaimsBytes, maxDepth: limits.customClaimsDepth });
  if (!json.ok) return json;
  const { value } = json;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return invalid("malformed", "custom claims are not an object");
  }
  // `1e15` becomes 16 digits: what is minted counts, too.
  if (toUtf8(JSON.stringify(value)).length > limits.customClaimsBytes) {
    return invalid("too_large", "custom claims are too large as they are minted");
  }
  // Sound: an object of strict JSON.
  return holdsProto(value) ? invalid("malformed", "__proto__ is no claim") : parsed(value as CustomClaims);
}
