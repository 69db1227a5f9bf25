import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

// Fields that frame, route or authenticate the hop itself: a value written there would change what is sent, not what is said.
const framing = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "set-cookie",
  "signature",
  "signature-input",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The name of a header field that may carry a token or a secret (RFC 9110 §5.1), as written. */
export function parseHeaderName(text: string): Ruled<string> {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(text)) {
    return refused("A header name has 1 to 64 letters, digits and `-`, for example `X-Api-Key`.");
  }
  return framing.has(text.toLowerCase())
    ? refused("This header belongs to HTTP itself and cannot carry a token or secret; choose another.")
    : ruled(text);
}

/** Text in front of a token or secret: up to 32 printable ASCII characters, for example `Bearer `. */
export function parsePrefix(text: string): Ruled<string> {
  return /^[\x20-\x7e]{0,32}$/.test(text)
    ? ruled(text)
    : refused("A prefix has at most 32 printable ASCII characters, for example `Bearer `.");
}
