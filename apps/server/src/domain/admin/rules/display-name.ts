import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/** A name for people: 1 to 64 characters (UTF-16), no control characters (terminals and logs show it), no space at either end. */
export function parseDisplayName(text: string): Ruled<string> {
  if (text.length < 1 || text.length > 64 || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text) || text.trim() !== text) {
    return refused("A name has 1 to 64 characters (UTF-16), no control characters and no space at its ends.");
  }
  return ruled(text);
}
