import { encodeBase64url, type ManifestToken, toUtf8 } from "@countersign/protocol";
import { sha256 } from "../crypto/sha256.ts";
import { type Headers, headerValue } from "./app-request.ts";

/** The bytes of a header value as Fetch and Node send it, one for each character. What has no such bytes no transport sends. */
function toFieldBytes(text: string): Uint8Array {
  const units = Array.from(text, (character) => character.charCodeAt(0));
  return units.some((unit) => unit > 255) ? toUtf8(text) : Uint8Array.from(units);
}

/**
 * What a token is bound to: b64u SHA-256 of the values of the headers that the manifest names, as the app wrote them, in the manifest's
 * order, joined by a line feed (which no value can hold), or trimmed with nothing between where the manifest says `concatenated`; an
 * absent header counts as empty. Null where none is named or none is there.
 */
export function bindingOf(token: ManifestToken, headers: Headers): string | null {
  const values = token.bind.map((name) => headerValue(headers, name));
  if (values.every((value) => value === null)) return null;
  const texts = values.map((value) => value ?? "");
  const text = token.binding === "concatenated" ? texts.map((each) => each.trim()).join("") : texts.join("\n");
  return encodeBase64url(sha256(toFieldBytes(text)));
}
