import { limits } from "./limits.ts";
import { invalid, type Parsed, parsed } from "./parsed.ts";
import { parseStrictJson } from "./strict-json.ts";

/** What an app has said in the member `custom` of a token: any JSON object within the bounds. */
export type CustomClaims = Readonly<Record<string, unknown>>;

function holdsProto(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(holdsProto);
}

/**
 * Reads custom claims from their JSON text: an object, at most 1 KiB of UTF-8 and 4 levels deep, no member `__proto__` (some parsers of
 * backends take it for the prototype). Codes: `too_large`, `malformed`.
 */
export function parseCustomClaims(text: string): Parsed<CustomClaims> {
  const json = parseStrictJson(text, { maxBytes: limits.customClaimsBytes, maxDepth: limits.customClaimsDepth });
  if (!json.ok) return json;
  const { value } = json;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return invalid("malformed", "custom claims are not an object");
  }
  // Sound: an object of strict JSON.
  return holdsProto(value) ? invalid("malformed", "__proto__ is no claim") : parsed(value as CustomClaims);
}
