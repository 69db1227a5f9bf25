import { limits, type Place } from "@countersign/protocol";
import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/**
 * A secret's value as UTF-8: 1 to 4096 bytes, well-formed, and fit for every place it may go to (a header takes no CR, LF, NUL or other
 * control character and no space at its ends: RFC 9110 §5.5; a Basic user name no colon: RFC 7617 §2).
 */
export function parseSecretValue(text: string, places: readonly Place[]): Ruled<Uint8Array> {
  const bytes = Buffer.from(text, "utf8");
  if (!text.isWellFormed() || bytes.length < 1 || bytes.length > limits.secretValueBytes) {
    return refused(`A value has 1 to ${limits.secretValueBytes} bytes of UTF-8 text.`);
  }
  const inHeader = places.some((place) => place.in === "header");
  if (inHeader && !/^[\x21-\x7e\x80-\uffff]([\t\x20-\x7e\x80-\uffff]*[\x21-\x7e\x80-\uffff])?$/.test(text)) {
    return refused(
      "A value that goes into a header has no line break, control character or space at its ends. Is there a stray newline?",
    );
  }
  if (places.some((place) => place.in === "basic") && /\p{Cc}/u.test(text)) {
    return refused("A value that goes into Basic authentication has no control character. Is there a stray newline?");
  }
  if (places.some((place) => place.in === "basic" && place.name === "username") && text.includes(":")) {
    return refused("A user name of Basic authentication has no colon.");
  }
  return ruled(bytes);
}
