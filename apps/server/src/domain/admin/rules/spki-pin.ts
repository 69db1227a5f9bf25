import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/** A pin: SHA-256 of a SubjectPublicKeyInfo as base64 (RFC 7469 §2.4, `sha256/` in front allowed) or b64u; to b64u. */
export function parseSpkiPin(text: string): Ruled<string> {
  const plain = text.startsWith("sha256/") ? text.slice(7) : text;
  const wrong = refused("A pin is the SHA-256 of a public key (SPKI) in base64: 43 characters, or 44 with its `=`.");
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(plain)) return wrong;
  const bytes = Buffer.from(plain.slice(0, 43), "base64");
  const b64u = bytes.toString("base64url");
  // The unused bits of the last character must be zero: one pin, one text.
  return bytes.length === 32 && b64u === plain.slice(0, 43).replaceAll("+", "-").replaceAll("/", "_")
    ? ruled(b64u)
    : wrong;
}
